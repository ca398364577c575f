//! Children that wait for ever.

use std::time::Duration;

use polis_actors::runtime::{AskError, Deadline, SupervisorSpec};
use polis_actors::testkit::{Gate, World};

use super::probe::{Count, Diary, Do, Probe, SOON};

const LIMIT: Duration = Duration::from_secs(2);

fn waits_for_ever(make: fn(Gate) -> Do) {
    World::run(|world| async move {
        let diary = Diary::default();
        let (a, child) = Probe::spec("a", &diary).deadline(Deadline { limit: LIMIT, always: false }).build();
        let tree = world.start(SupervisorSpec::new("root").child(child).build(world.placer()).1);
        let stuck = a.ask(make(Gate::default()), Duration::from_secs(60));
        let queued = a.ask(Count, Duration::from_secs(60));
        let (stuck, queued) = tokio::join!(stuck, queued);
        assert_eq!(format!("{stuck:?}"), format!("{:?}", Err::<(), _>(AskError::<Do>::Interrupted)));
        assert_eq!(queued, Ok(1), "what was queued behind it is served by the next incarnation or was served before");
        let report = tree.until("restarted", |t| t.find("a").is_some_and(|a| a.incarnation == 2)).await;
        assert_eq!(report.find("a").unwrap().last_end.as_ref().unwrap().0, "stuck");
    });
}

#[test]
fn in_a_reply_that_owns_the_actor() {
    waits_for_ever(Do::WaitAt);
}

#[test]
fn in_a_reply_beside_others() {
    waits_for_ever(Do::WaitBeside);
}

#[test]
fn an_idle_actor_is_not_stuck() {
    World::run(|world| async move {
        let diary = Diary::default();
        let (a, child) = Probe::spec("a", &diary).deadline(Deadline { limit: LIMIT, always: false }).build();
        let tree = world.start(SupervisorSpec::new("root").child(child).build(world.placer()).1);
        a.ask(Count, SOON).await.unwrap();
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(tree.report().find("a").unwrap().incarnation, 1);
    });
}

#[test]
fn an_actor_that_must_always_move_is_stuck_when_it_does_not() {
    World::run(|world| async move {
        let diary = Diary::default();
        let (_, child) = Probe::spec("a", &diary).deadline(Deadline { limit: LIMIT, always: true }).build();
        let tree = world.start(SupervisorSpec::new("root").child(child).build(world.placer()).1);
        let report = tree.until("restarted", |t| t.find("a").is_some_and(|a| a.incarnation == 2)).await;
        assert_eq!(report.find("a").unwrap().last_end.as_ref().unwrap().0, "stuck");
    });
}
