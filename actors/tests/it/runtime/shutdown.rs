//! Ordered stops.

use std::time::Duration;

use polis_actors::runtime::{Exit, SupervisorSpec};
use polis_actors::testkit::{Gate, World};

use super::probe::{Count, Diary, Do, Event, Probe, SOON};

#[test]
fn children_stop_in_reverse_order_after_what_is_queued() {
    World::run(|world| async move {
        let diary = Diary::default();
        let (a, a_child) = Probe::spec("a", &diary).build();
        let (b, b_child) = Probe::spec("b", &diary).build();
        let (_, root) = SupervisorSpec::new("root").child(a_child).child(b_child).build(world.placer());
        let mut tree = world.start(root);
        b.ask(Count, SOON).await.unwrap();
        a.try_tell(Event { id: "1", poisonous: false }).unwrap();
        b.try_tell(Event { id: "2", poisonous: false }).unwrap();
        tree.stop();
        assert_eq!(tree.ended().await, Exit::Finished);
        assert_eq!(diary.lines(), ["a up", "b up", "a took 1", "b took 2", "b down", "a down"]);
    });
}

#[test]
fn one_that_does_not_stop_in_time_is_killed_and_the_rest_still_stops_in_order() {
    World::run(|world| async move {
        let diary = Diary::default();
        let (_, a_child) = Probe::spec("a", &diary).build();
        let (b, b_child) = Probe::spec("b", &diary).grace(Duration::from_secs(3)).build();
        let (_, root) = SupervisorSpec::new("root").child(a_child).child(b_child).build(world.placer());
        let mut tree = world.start(root);
        b.ask(Count, SOON).await.unwrap();
        b.try_tell(Do::WaitAt(Gate::default())).unwrap();
        let begun = tokio::time::Instant::now();
        tree.stop();
        assert_eq!(tree.ended().await, Exit::Finished);
        assert_eq!(begun.elapsed().as_secs(), 3, "after its grace, not before");
        assert_eq!(diary.lines(), ["a up", "b up", "b down", "a down"]);
        assert_eq!(tree.report().find("b").unwrap().last_end.as_ref().unwrap().0, "killed");
    });
}
