//! A panic anywhere in a child ends that incarnation, is reported with its place, and touches nobody else.

use polis_actors::runtime::{AskError, SupervisorSpec};
use polis_actors::testkit::World;

use super::probe::{Count, Diary, PanicIn, Probe, SOON};

fn panics(place: PanicIn, answered: bool, expected: &'static str) {
    World::run(|world| async move {
        let diary = Diary::default();
        let (a, a_child) = Probe::spec("a", &diary).build();
        let (b, b_child) = Probe::spec("b", &diary).build();
        let (_, root) = SupervisorSpec::new("root").child(a_child).child(b_child).build(world.placer());
        let tree = world.start(root);
        assert_eq!(b.ask(Count, SOON).await, Ok(1));

        let answer = a.ask(place, SOON).await;
        assert_eq!(answer, if answered { Ok(()) } else { Err(AskError::Interrupted) });
        let report =
            tree.until("a restarted", |t| t.find("a").is_some_and(|a| a.restarts == 1 && a.incarnation == 2)).await;

        let (kind, text, _) = report.find("a").unwrap().last_end.clone().unwrap();
        assert_eq!(kind, "panicked");
        assert!(text.contains(expected) && text.contains("probe.rs:"), "{text}");
        assert_eq!(a.ask(Count, SOON).await, Ok(1), "fresh state");
        assert_eq!(b.ask(Count, SOON).await, Ok(2), "the sibling kept its state");
        assert_eq!(report.find("b").unwrap().restarts, 0);
    });
}

#[test]
fn in_a_handler() {
    panics(PanicIn::Handler, false, "broke in a handler");
}

#[test]
fn in_a_spawned_future() {
    panics(PanicIn::SpawnedFuture, true, "broke in a spawned future");
}

#[test]
fn in_a_task_linked_to_the_actor() {
    panics(PanicIn::LinkedTask, true, "broke in a linked task");
}

#[test]
fn in_a_reply_beside_others() {
    panics(PanicIn::ConcurrentReply, false, "broke in a reply");
}

#[test]
fn in_a_reply_that_owns_the_actor() {
    panics(PanicIn::ExclusiveReply, false, "broke in a reply");
}

#[test]
fn in_a_timer() {
    panics(PanicIn::Timer, true, "broke in a timer");
}
