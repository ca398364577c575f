//! A process that runs one tree: one shared runtime, the arbiters, the watchdog, the signals, the exit code.

use std::future::Future;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use actix_rt::{System, SystemRunner};
use tokio::runtime::Builder;
use tokio::sync::mpsc;

use super::placement::Arbiters;
use super::{Child, ChildEvent, Exit, Placer, Watchdog, WatchdogLimits};

/// How long arbiters may take to end after the tree has.
const JOIN_LIMIT: Duration = Duration::from_secs(5);

/// Exit code of a process whose root supervisor has failed: the platform should start it again. `EX_SOFTWARE` of
/// `sysexits.h`.
pub const ROOT_FAILED: u8 = 70;

/// Owns what a tree of actors runs on. Made once, in `main`, outside of any other runtime.
pub struct Runtime {
    runner: SystemRunner,
    arbiters: Arc<Arbiters>,
}

/// Asks the process to end in order, from anywhere.
#[derive(Clone, Debug)]
pub struct StopHandle(mpsc::UnboundedSender<()>);

impl StopHandle {
    /// Asks once; asking again changes nothing.
    pub fn stop(&self) {
        // Nobody listens any more: the process is ending already.
        let _ = self.0.send(());
    }
}

impl Runtime {
    /// Builds the runtime with `workers` arbiters for the pool; 0 means one for each core.
    ///
    /// # Errors
    /// When the operating system refuses threads.
    pub fn new(workers: usize) -> std::io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        let workers = if workers == 0 { cores } else { workers };
        // Never freed: connections and their drivers must outlive every actor, up to the end of the process.
        let runtime: &'static _ = Box::leak(Box::new(
            Builder::new_multi_thread().worker_threads(cores.max(2)).thread_name("polis-io").enable_all().build()?,
        ));
        let runner = System::with_tokio_rt(|| runtime);
        let system = System::current();
        Ok(Self { runner, arbiters: Arc::new(Arbiters::new(system, runtime, workers)) })
    }

    /// Where children are placed; supervisors are built with it.
    pub fn placer(&self) -> Arc<dyn Placer> {
        self.arbiters.clone()
    }

    /// Runs a future on the process's runtime, for set-up before the tree starts.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runner.block_on(future)
    }

    /// Runs the tree until it fails, until SIGTERM or SIGINT, or until the stop handle given to `with` is used, then
    /// stops it in order. Zero only after an ordered stop. What `with` returns is held until then.
    pub fn run<T>(self, root: Arc<dyn Child>, with: impl FnOnce(StopHandle) -> T) -> ExitCode {
        let (stop, stops) = mpsc::unbounded_channel();
        let exit = self.runner.block_on(async {
            let _held = with(StopHandle(stop.clone()));
            self.drive(root, stop, stops).await
        });
        self.arbiters.close(JOIN_LIMIT);
        match exit {
            Exit::Finished => ExitCode::SUCCESS,
            exit => {
                tracing::error!(%exit, "process ends because its root supervisor did");
                ExitCode::from(ROOT_FAILED)
            }
        }
    }

    async fn drive(
        &self, root: Arc<dyn Child>, stop: mpsc::UnboundedSender<()>, mut stops: mpsc::UnboundedReceiver<()>,
    ) -> Exit {
        let placer = self.placer();
        let (events, mut inbox) = mpsc::unbounded_channel();
        let give_up = events.clone();
        let watchdog = Watchdog::new(root.clone(), placer.clone(), WatchdogLimits::default()).spawn(move |exit| {
            let _ = give_up.send(ChildEvent::Exited(exit));
        });
        if let Err(error) = &watchdog {
            return Exit::Failed(format!("no watchdog thread: {error}"));
        }
        root.start(
            &placer,
            Duration::ZERO,
            Arc::new(move |event| {
                let _ = events.send(event);
            }),
        );
        let mut signals = Signals::listen();
        let mut asked = false;
        loop {
            let deadline = tokio::time::sleep(if asked { root.policy().grace.0 } else { Duration::MAX });
            tokio::select! {
                event = inbox.recv() => match event {
                    Some(ChildEvent::Exited(exit)) => return if asked && exit == Exit::Killed { Exit::Finished } else { exit },
                    Some(ChildEvent::Started) => {}
                    None => return Exit::DependencyGone("the root supervisor".to_owned()),
                },
                _ = stops.recv(), if !asked => {
                    asked = true;
                    root.stop();
                }
                () = signals.next() => {
                    if asked {
                        // Asked twice: the person at the keyboard does not want to wait.
                        return Exit::Killed;
                    }
                    tracing::info!("stopping in order; a second signal ends at once");
                    let _ = stop.send(());
                }
                () = deadline, if asked => {
                    tracing::warn!("tree did not stop within its grace");
                    return Exit::Killed;
                }
            }
        }
    }
}

struct Signals(Option<(tokio::signal::unix::Signal, tokio::signal::unix::Signal)>);

impl Signals {
    fn listen() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self(signal(SignalKind::terminate()).ok().zip(signal(SignalKind::interrupt()).ok()))
    }

    async fn next(&mut self) {
        match &mut self.0 {
            Some((terminate, interrupt)) => tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            },
            None => std::future::pending().await,
        }
    }
}
