//! A message that breaks its handler each time is refused after a while, across restarts.

use std::time::Duration;

use polis_actors::runtime::{AskError, PoisonMemory, SupervisorSpec};
use polis_actors::testkit::World;

use super::probe::{Diary, Event, Probe, SOON};

#[test]
fn a_poison_message_stops_killing_its_actor() {
    World::run(|world| async move {
        let diary = Diary::default();
        let memory = PoisonMemory::new(2);
        let (a, child) = Probe::spec("a", &diary).poison(memory.clone()).build();
        let spec = SupervisorSpec::new("root").budget(3, Duration::from_secs(600)).child(child);
        let tree = world.start(spec.build(world.placer()).1);
        let poison = Event { id: "bad", poisonous: true };
        for _ in 0..2 {
            assert_eq!(a.ask(poison.clone(), SOON).await, Err(AskError::Interrupted));
        }
        for _ in 0..100 {
            assert_eq!(a.ask(poison.clone(), SOON).await, Err(AskError::Poisonous(poison.clone())));
        }
        assert_eq!(a.ask(Event { id: "good", poisonous: false }, SOON).await, Ok(()));
        assert_eq!(tree.report().find("a").unwrap().restarts, 2, "the budget was not burnt");
    });
}
