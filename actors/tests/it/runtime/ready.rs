//! When a service says that it is ready.

use polis_actors::runtime::{SupervisorSpec, tree};
use polis_actors::testkit::World;

use super::probe::{Count, Diary, Event, Probe, SOON};

#[test]
fn it_is_ready_when_each_of_its_actors_has_run_and_stays_so_while_one_is_started_again() {
    World::run(|world| async move {
        let diary = Diary::default();
        let (a, a_child) = Probe::spec("a", &diary).build();
        let (_, root) = SupervisorSpec::new("root").child(a_child).build(world.placer());
        assert_eq!(tree(&root).not_ready(), ["root is idle", "root/a is idle"]);
        let running = world.start(root);
        assert_eq!(a.ask(Count, SOON).await, Ok(1));
        assert_eq!(running.report().not_ready(), Vec::<String>::new());

        a.try_tell(Event { id: "1", poisonous: true }).unwrap();
        running
            .until("it is started again", |tree| {
                assert_eq!(tree.not_ready(), Vec::<String>::new());
                tree.find("a").is_some_and(|a| a.restarts == 1 && a.state.as_str() == "running")
            })
            .await;
    });
}
