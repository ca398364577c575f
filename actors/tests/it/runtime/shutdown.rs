//! Ordered stops.

use std::time::Duration;

use polis_actors::runtime::{AddChild, AddChildError, Exit, RemoveChild, SupervisorSpec};
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

#[test]
fn a_name_is_taken_until_its_child_is_down_and_the_next_one_stays() {
    World::run(|world| async move {
        let diary = Diary::default();
        let (first, child) = Probe::spec("a", &diary).grace(Duration::from_secs(60)).build();
        let (root, supervisor) = SupervisorSpec::new("root").child(child).build(world.placer());
        let tree = world.start(supervisor);
        first.ask(Count, SOON).await.unwrap();
        let gate = Gate::default();
        first.try_tell(Do::WaitAt(gate.clone())).unwrap();
        let asked = root.clone();
        let removal = async move { asked.ask(RemoveChild("a".to_owned()), Duration::from_secs(120)).await };
        let mut removal = std::pin::pin!(removal);
        let early = tokio::time::timeout(Duration::from_secs(30), &mut removal).await;
        assert!(early.is_err(), "answered before it is down");
        let (_, next) = Probe::spec("a", &diary).build();
        let taken = root.ask(AddChild(next.clone()), SOON).await.map_err(|error| error.to_string()).unwrap();
        assert_eq!(taken, Err(AddChildError::NameTaken("a".to_owned())));
        gate.open();
        assert_eq!(removal.await.map_err(|error| error.to_string()), Ok(true));
        root.ask(AddChild(next), SOON).await.map_err(|error| error.to_string()).unwrap().unwrap();
        tree.until("the next one is up", |t| t.find("a").is_some_and(|a| a.state.as_str() == "running")).await;
        assert_eq!(diary.lines(), ["a up", "a down", "a up"]);
        assert_eq!(
            root.ask(RemoveChild("nobody".to_owned()), SOON).await.map_err(|error| error.to_string()),
            Ok(false)
        );
    });
}
