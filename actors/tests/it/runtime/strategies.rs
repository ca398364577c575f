//! Who restarts with whom, how often, and what happens when that is too often.

use std::time::Duration;

use polis_actors::runtime::{Exit, Restart, Strategy, SupervisorSpec};
use polis_actors::testkit::{Gate, World};

use super::probe::{Count, Diary, Do, PanicIn, Probe, SOON};

fn order(strategy: Strategy, expected: &'static [&'static str]) {
    World::run(|world| async move {
        let diary = Diary::default();
        let (_, a) = Probe::spec("a", &diary).build();
        let (b_ref, b) = Probe::spec("b", &diary).build();
        let (_, c) = Probe::spec("c", &diary).build();
        let spec = SupervisorSpec::new("root").strategy(strategy).child(a).child(b).child(c);
        let tree = world.start(spec.build(world.placer()).1);
        tree.until("all up", |t| t.find("c").is_some_and(|c| c.incarnation == 1)).await;
        assert_eq!(diary.lines(), ["a up", "b up", "c up"]);

        let _ = b_ref.ask(PanicIn::Handler, SOON).await;
        assert_eq!(b_ref.ask(Count, SOON).await, Ok(1), "the handle survives");
        tree.until("settled", |t| t.find("c").is_some_and(|c| c.incarnation >= 1 && c.state.as_str() == "running"))
            .await;
        assert_eq!(diary.lines()[3..], *expected);
    });
}

#[test]
fn one_for_one_restarts_the_failed_child_only() {
    order(Strategy::OneForOne, &["b down", "b up"]);
}

#[test]
fn one_for_all_stops_in_reverse_and_starts_in_order() {
    order(Strategy::OneForAll, &["b down", "c down", "a down", "a up", "b up", "c up"]);
}

#[test]
fn rest_for_one_restarts_those_started_later() {
    order(Strategy::RestForOne, &["b down", "c down", "b up", "c up"]);
}

#[test]
fn a_second_failure_during_a_group_stop_is_part_of_the_same_restart() {
    World::run(|world| async move {
        let diary = Diary::default();
        let gate = Gate::default();
        let (a_ref, a) = Probe::spec("a", &diary).build();
        let (b_ref, b) = Probe::spec("b", &diary).build();
        let (c_ref, c) = Probe::spec("c", &diary).grace(Duration::from_secs(60)).build();
        let spec = SupervisorSpec::new("root").strategy(Strategy::OneForAll).child(a).child(b).child(c);
        let tree = world.start(spec.build(world.placer()).1);
        c_ref.ask(Count, SOON).await.unwrap();
        c_ref.try_tell(Do::WaitAt(gate.clone())).unwrap();
        let _ = b_ref.ask(PanicIn::Handler, SOON).await;
        // Its turn to stop has come, and the gate holds it; nobody is up again.
        tree.until("b has failed", |t| t.find("b").is_some_and(|b| b.last_end.is_some())).await;
        let _ = a_ref.ask(PanicIn::Handler, SOON).await;
        tree.until("a has failed too", |t| t.find("a").is_some_and(|a| a.last_end.is_some())).await;
        gate.open();
        for child in [&a_ref, &b_ref, &c_ref] {
            assert_eq!(child.ask(Count, SOON).await, Ok(1), "fresh state");
        }
        let expected = ["a up", "b up", "c up", "b down", "a down", "c down", "a up", "b up", "c up"];
        assert_eq!(diary.lines(), expected, "one restart of all, in order");
    });
}

#[test]
fn a_spent_budget_stops_the_siblings_and_fails_the_root() {
    World::run(|world| async move {
        let diary = Diary::default();
        let (a, a_child) = Probe::spec("a", &diary).build();
        let (_, b_child) = Probe::spec("b", &diary).build();
        let spec = SupervisorSpec::new("root").budget(2, Duration::from_secs(60)).child(a_child).child(b_child);
        let mut tree = world.start(spec.build(world.placer()).1);
        for _ in 0..3 {
            let _ = a.ask(Do::Fail, SOON).await;
        }
        let end = tree.ended().await;
        let expected = "restart budget spent by a: failed: the ledger does not add up";
        assert_eq!(end, Exit::Failed(expected.to_owned()));
        assert_eq!(diary.lines().last().unwrap(), "b down", "the sibling was stopped too");
    });
}

#[test]
fn a_failed_supervisor_is_restarted_by_its_parent_with_fresh_children_and_the_same_handles() {
    World::run(|world| async move {
        let diary = Diary::default();
        let (a, a_child) = Probe::spec("a", &diary).build();
        let (b, b_child) = Probe::spec("b", &diary).build();
        let (_, inner) =
            SupervisorSpec::new("inner").budget(0, Duration::from_secs(60)).child(a_child).build(world.placer());
        let (_, root) = SupervisorSpec::new("root").child(inner).child(b_child).build(world.placer());
        let tree = world.start(root);
        assert_eq!(a.ask(Count, SOON).await, Ok(1));
        assert_eq!(b.ask(Count, SOON).await, Ok(1));

        let _ = a.ask(PanicIn::Handler, SOON).await;
        a.try_tell(Count).unwrap();
        let report = tree.until("inner restarted", |t| t.find("inner").is_some_and(|i| i.incarnation == 2)).await;
        assert_eq!(report.find("inner").unwrap().last_end.as_ref().unwrap().0, "failed");
        assert_eq!(a.ask(Count, SOON).await, Ok(2), "what was queued while all was down came first");
        assert_eq!(b.ask(Count, SOON).await, Ok(2), "the other branch saw nothing");
    });
}

#[test]
fn transient_children_rest_after_finishing_and_temporary_ones_are_forgotten() {
    World::run(|world| async move {
        let diary = Diary::default();
        let (once, once_child) = Probe::spec("once", &diary).restart(Restart::Transient).build();
        let (never, never_child) = Probe::spec("never", &diary).restart(Restart::Temporary).build();
        let (_, root) = SupervisorSpec::new("root").child(once_child).child(never_child).build(world.placer());
        let tree = world.start(root);
        let _ = never.ask(PanicIn::Handler, SOON).await;
        tree.until("the temporary child is gone", |t| t.find("never").is_none()).await;
        assert!(never.try_tell(Count).is_err(), "its mailbox is closed");

        let _ = once.ask(PanicIn::Handler, SOON).await;
        assert_eq!(once.ask(Count, SOON).await, Ok(1), "a failure restarts a transient child");
        let _ = once.ask(Do::Finish, SOON).await;
        tree.until("finished", |t| t.find("once").is_some_and(|o| o.state.as_str() == "ended")).await;
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(tree.report().find("once").unwrap().incarnation, 2, "finishing does not");
    });
}

#[test]
fn delays_grow_while_it_keeps_failing_and_start_again_after_a_healthy_hour() {
    World::run(|world| async move {
        let diary = Diary::default();
        let (a, child) = Probe::spec("a", &diary).build();
        let spec = SupervisorSpec::new("root").budget(100, Duration::from_secs(60)).child(child);
        let _tree = world.start(spec.build(world.placer()).1);
        let mut waits = Vec::new();
        for round in 0..5 {
            if round == 4 {
                tokio::time::sleep(Duration::from_secs(3600)).await;
            }
            let _ = a.ask(PanicIn::Handler, SOON).await;
            let down = tokio::time::Instant::now();
            a.ask(Count, SOON).await.unwrap();
            waits.push(down.elapsed().as_millis());
        }
        let rounded: Vec<_> = waits.iter().map(|ms| (ms + 5) / 10 * 10).collect();
        assert_eq!(rounded, [100, 200, 400, 800, 100]);
    });
}
