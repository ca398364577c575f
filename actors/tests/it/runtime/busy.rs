//! Children that hold their thread. Real threads and real time: a held thread stands still in virtual time as well.

use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use polis_actors::runtime::{AskError, Deadline, Placement, Runtime, StopHandle, SupervisorSpec, spawn_guarded};

use super::probe::{Count, Diary, Do, Probe};

const SOON: Duration = Duration::from_secs(20);

#[test]
fn a_thread_that_never_comes_back_is_abandoned_and_its_neighbour_moves() {
    let runtime = Runtime::new(1).unwrap();
    let diary = Diary::default();
    let deadline = Deadline { limit: Duration::from_millis(300), always: false };
    let (a, a_child) = Probe::spec("a", &diary).deadline(deadline).placement(Placement::Named("crowded")).build();
    let (b, b_child) = Probe::spec("b", &diary).deadline(deadline).placement(Placement::Named("crowded")).build();
    let (c, c_child) = Probe::spec("c", &diary).build();
    let spec = SupervisorSpec::new("root").budget(10, SOON).child(a_child).child(b_child).child(c_child);
    let (_, root) = spec.build(runtime.placer());
    let (release, held) = mpsc::channel();
    let (verdict, verdicts) = mpsc::channel();
    let code = runtime.run(root, move |stop| {
        let stop = StopOnDrop(stop);
        spawn_guarded(async move {
            let _stop = stop;
            assert_eq!(c.ask(Count, SOON).await, Ok(1));
            let holding = a.ask(Do::HoldThread(held), SOON);
            let (holding, neighbour) = tokio::join!(holding, b.ask(Count, SOON));
            assert!(matches!(holding, Err(AskError::Interrupted)), "{holding:?}");
            assert!(matches!(neighbour, Ok(1) | Err(AskError::Interrupted)), "{neighbour:?}");
            assert_eq!(a.ask(Count, SOON).await, Ok(1), "replaced on another thread");
            assert!(b.ask(Count, SOON).await.is_ok(), "the neighbour moved");
            assert_eq!(c.ask(Count, SOON).await, Ok(2), "others saw nothing");
            let end = a.vitals().notes().last_exit.unwrap().0;
            assert!(end.to_string().contains("thread abandoned"), "{end}");
            // The thread comes back as a zombie: it must not touch the new incarnation.
            drop(release);
            assert_eq!(a.ask(Count, SOON).await, Ok(2));
            verdict.send(()).unwrap();
        })
    });
    verdicts.try_recv().expect("the test ran to its end");
    assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::SUCCESS));
}

struct StopOnDrop(StopHandle);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}
