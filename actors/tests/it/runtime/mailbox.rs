//! Bounded, surviving restarts, and never losing anything silently.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use polis_actors::runtime::{AskError, SupervisorSpec, TellError, Undelivered};
use polis_actors::testkit::{Gate, World};

use super::probe::{Count, Diary, Do, Event, PanicIn, Probe, SOON};

#[test]
fn no_message_is_lost_across_a_restart() {
    World::run(|world| async move {
        let diary = Diary::default();
        let (a, child) = Probe::spec("a", &diary).mailbox(8).build();
        let _tree = world.start(SupervisorSpec::new("root").child(child).build(world.placer()).1);
        a.ask(Count, SOON).await.unwrap();
        a.try_tell(PanicIn::Handler).unwrap();
        for id in ["1", "2", "3"] {
            a.try_tell(Event { id, poisonous: false }).unwrap();
        }
        assert_eq!(a.ask(Count, SOON).await, Ok(1), "answered by the next incarnation");
        assert_eq!(diary.lines(), ["a up", "a down", "a up", "a took 1", "a took 2", "a took 3"]);
    });
}

#[test]
fn every_sender_sees_the_same_bound_and_gets_the_message_back() {
    World::run(|world| async move {
        let diary = Diary::default();
        let (a, child) = Probe::spec("a", &diary).mailbox(4).build();
        let tree = world.start(SupervisorSpec::new("root").child(child).build(world.placer()).1);
        let gate = Gate::default();
        let waiting = gate.clone();
        a.try_tell(Do::WaitAt(waiting)).unwrap();
        tree.until("it waits", |t| t.find("a").is_some_and(|a| a.mailbox_depth == 0 && a.incarnation == 1)).await;
        let accepted = (0..100).filter(|_| a.clone().try_tell(Count).is_ok()).count();
        assert_eq!(accepted, 4);
        assert_eq!(a.try_tell(Count), Err(TellError::Full(Count)));
        assert_eq!(a.tell(Count, Duration::from_secs(1)).await, Err(TellError::Full(Count)));
        assert_eq!(a.ask(Count, Duration::from_secs(1)).await, Err(AskError::Full(Count)));
        assert_eq!(tree.report().find("a").unwrap().mailbox_depth, 4);
        gate.open();
        assert_eq!(a.tell(Count, SOON).await, Ok(()), "room again");
    });
}

#[test]
fn what_is_queued_when_a_child_ends_for_good_is_handed_back() {
    World::run(|world| async move {
        let diary = Diary::default();
        let returned = Arc::new(Mutex::new(Vec::new()));
        let sink = returned.clone();
        let (a, child) = Probe::spec("a", &diary)
            .undelivered(Arc::new(move |lost: Undelivered| {
                sink.lock().unwrap().push(*lost.body.downcast::<Event>().unwrap());
            }))
            .grace(Duration::from_secs(1))
            .build();
        let (root_ref, root) = SupervisorSpec::new("root").child(child).build(world.placer());
        let tree = world.start(root);
        a.try_tell(Do::WaitAt(Gate::default())).unwrap();
        tree.until("it waits", |t| t.find("a").is_some_and(|a| a.handling.is_some())).await;
        a.try_tell(Event { id: "told", poisonous: false }).unwrap();
        let asked = a.ask(Event { id: "asked", poisonous: false }, SOON);
        let removed = root_ref.ask(polis_actors::runtime::supervisor::RemoveChild("a".to_owned()), SOON);
        let (asked, removed) = tokio::join!(asked, removed);
        assert_eq!(removed, Ok(true));
        assert_eq!(asked, Err(AskError::Unhandled(Event { id: "asked", poisonous: false })));
        assert_eq!(*returned.lock().unwrap(), [Event { id: "told", poisonous: false }]);
        assert_eq!(a.ask(Count, SOON).await, Err(AskError::Stopped(Count)));
    });
}

#[test]
fn a_flooded_actor_starves_neither_its_neighbours_nor_its_own_timers() {
    World::run(|world| async move {
        let diary = Diary::default();
        let (flooded, flooded_child) = Probe::spec("flooded", &diary).mailbox(64).build();
        let (b, b_child) = Probe::spec("b", &diary).build();
        let spec = SupervisorSpec::new("root").child(flooded_child).child(b_child);
        let tree = world.start(spec.build(world.placer()).1);
        let flood = async {
            for _ in 0..10_000 {
                flooded.tell(Count, SOON).await.unwrap();
            }
        };
        let neighbour = async {
            for _ in 0..10 {
                b.ask(Count, SOON).await.unwrap();
            }
            tree.report().find("flooded").unwrap().handled
        };
        let ((), handled) = tokio::join!(flood, neighbour);
        assert!(handled < 9_000, "the neighbour had to wait for the whole flood: {handled}");
        tree.stop();
    });
}

#[test]
fn a_request_nobody_waits_for_any_more_is_not_begun() {
    World::run(|world| async move {
        let diary = Diary::default();
        let (a, child) = Probe::spec("a", &diary).build();
        let _tree = world.start(SupervisorSpec::new("root").child(child).build(world.placer()).1);
        let gate = Gate::default();
        a.try_tell(Do::WaitAt(gate.clone())).unwrap();
        let late = a.ask(Event { id: "late", poisonous: false }, Duration::from_secs(1)).await;
        assert_eq!(late, Err(AskError::TimedOut(Duration::from_secs(1))));
        gate.open();
        a.ask(Event { id: "next", poisonous: false }, SOON).await.unwrap();
        assert_eq!(diary.lines(), ["a up", "a took next"]);
    });
}
