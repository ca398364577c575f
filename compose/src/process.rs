//! A program of the operating system as a supervised actor. It does not outlive us, however we end.

use std::fs::OpenOptions;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use polis_actors::runtime::{
    ActorRef, Backoff, Child, ChildSpec, Ctx, Exit, Handle, Message, Reply, Restart, Service, StartError,
};
use tokio::process::{Child as OsChild, Command};
use tokio::sync::watch;

/// Tells whether a program serves. Called again and again until it does.
pub type Readiness = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

const ASK_AGAIN: Duration = Duration::from_millis(50);

/// How a program is started and stopped.
#[derive(Clone)]
pub struct ProcessSpec {
    /// Name in the tree.
    pub name: String,
    /// The executable.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Added to the environment.
    pub environment: Vec<(String, String)>,
    /// Working directory.
    pub directory: PathBuf,
    /// User and group to run as, when not our own.
    pub identity: Option<(u32, u32)>,
    /// Where its output goes, appended.
    pub log: PathBuf,
    /// The signal that asks it to end in order.
    pub stop: Signal,
    /// How long it may take to end.
    pub grace: Duration,
    /// What is done when it ends by itself.
    pub restart: Restart,
    /// How to tell that it serves.
    pub readiness: Option<Readiness>,
}

impl ProcessSpec {
    /// A permanent program that ends on SIGTERM.
    pub fn new(name: impl Into<String>, program: impl Into<PathBuf>, log: impl Into<PathBuf>) -> Self {
        Self {
            name: name.into(),
            program: program.into(),
            arguments: Vec::new(),
            environment: Vec::new(),
            directory: PathBuf::from("."),
            identity: None,
            log: log.into(),
            stop: Signal::SIGTERM,
            grace: Duration::from_secs(20),
            restart: Restart::Permanent,
            readiness: None,
        }
    }

    /// The program as a child for a supervisor.
    pub fn build(self) -> (ActorRef<Process>, Arc<dyn Child>) {
        let (grace, restart) = (self.grace + Duration::from_secs(2), self.restart);
        let spec = Arc::new(self);
        let backoff = Backoff { first: Duration::from_millis(500), ..Backoff::default() };
        ChildSpec::new(spec.name.clone(), move |_| Process::start(spec.clone()))
            .restart(restart)
            .backoff(backoff)
            .grace(grace)
            .build()
    }
}

/// Ends the program and keeps it down until [`Resume`]. The answer comes when it is down.
pub struct Halt(pub Signal);

impl Message for Halt {
    type Reply = ();
}

/// Starts a halted program again.
pub struct Resume;

impl Message for Resume {
    type Reply = ();
}

/// Whether the program of this incarnation serves: it is asked now, whatever was known of it before.
pub(crate) struct Serves;

impl Message for Serves {
    type Reply = bool;
}

/// A running program.
pub struct Process {
    spec: Arc<ProcessSpec>,
    pid: Option<Pid>,
    child: Option<OsChild>,
    halted: bool,
    ended: watch::Sender<Option<ExitStatus>>,
}

impl Process {
    fn start(spec: Arc<ProcessSpec>) -> Result<Self, StartError> {
        let child = launch(&spec)?;
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        Ok(Self { spec, pid, child: Some(child), halted: false, ended: watch::Sender::new(None) })
    }

    fn watch(&mut self, ctx: &mut Ctx<'_, Self>) {
        let Some(mut child) = self.child.take() else { return };
        ctx.spawn(async move { child.wait().await }, |process, status, ctx| {
            process.pid = None;
            let text = match &status {
                Ok(status) => status.to_string(),
                Err(error) => error.to_string(),
            };
            process.ended.send_replace(Some(status.unwrap_or_default()));
            if !process.halted {
                let log = &process.spec.log;
                ctx.end(Exit::Failed(format!("{text}; {} ends with: {}", log.display(), last_line(log))));
            }
        });
        let progress = ctx.progress();
        match self.spec.readiness.clone() {
            None => progress.healthy(""),
            Some(ready) => {
                progress.not_ready("starting");
                let poll = async move {
                    while !ready().await {
                        tokio::time::sleep(ASK_AGAIN).await;
                    }
                };
                ctx.spawn(poll, move |process, (), _| {
                    // One that is being halted may answer to the last.
                    if let (Some(pid), false) = (process.pid, process.halted) {
                        progress.healthy(format!("serving, pid {pid}"));
                    }
                });
            }
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid {
            // A group that is gone already needs no signal.
            let _ = killpg(pid, signal);
        }
    }

    fn when_ended(&self) -> impl Future<Output = ()> + use<> {
        let mut ended = self.ended.subscribe();
        let running = self.pid.is_some();
        async move {
            if running {
                let _ = ended.wait_for(Option::is_some).await;
            }
        }
    }
}

/// Starts the program in a process group of its own, which the kernel kills when our thread for it dies: nothing is
/// left behind even when we are killed ourselves.
#[expect(unsafe_code, reason = "pre_exec has no safe form; prctl is async-signal-safe and touches no memory of ours")]
fn launch(spec: &ProcessSpec) -> Result<OsChild, StartError> {
    let open = || OpenOptions::new().create(true).append(true).open(&spec.log);
    let log = open().map_err(|error| format!("log {}: {error}", spec.log.display()))?;
    let also = log.try_clone()?;
    let mut command = Command::new(&spec.program);
    command
        .args(&spec.arguments)
        .envs(spec.environment.iter().cloned())
        .current_dir(&spec.directory)
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(also)
        .process_group(0)
        .kill_on_drop(true);
    if let Some((user, group)) = spec.identity {
        command.uid(user).gid(group);
    }
    // SAFETY: between fork and exec only the one system call below is made.
    unsafe {
        command.pre_exec(|| {
            nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
            Ok(())
        });
    }
    command.spawn().map_err(|error| format!("start {}: {error}", spec.program.display()).into())
}

/// What a program said last, which is often why it ended.
fn last_line(log: &std::path::Path) -> String {
    let text = std::fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing").chars().take(300).collect()
}

impl Service for Process {
    const KIND: &'static str = "process";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        self.watch(ctx);
    }

    fn drain(&mut self, _: &mut Ctx<'_, Self>) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
        self.halted = true;
        self.signal(self.spec.stop);
        Some(Box::pin(self.when_ended()))
    }
}

impl Handle<Halt> for Process {
    fn handle(&mut self, Halt(signal): Halt, ctx: &mut Ctx<'_, Self>) -> Reply<Self, ()> {
        self.halted = true;
        ctx.progress().not_ready("halted");
        self.signal(signal);
        Reply::concurrent(self.when_ended())
    }
}

impl Handle<Resume> for Process {
    fn handle(&mut self, _: Resume, ctx: &mut Ctx<'_, Self>) -> Reply<Self, ()> {
        if self.halted && self.pid.is_none() {
            // A fresh incarnation starts the program: one path for every start.
            ctx.end(Exit::Finished);
        }
        Reply::Now(())
    }
}

impl Handle<Serves> for Process {
    fn handle(&mut self, _: Serves, _: &mut Ctx<'_, Self>) -> Reply<Self, bool> {
        match &self.spec.readiness {
            // One that is being halted may answer to the last.
            _ if self.halted => Reply::Now(false),
            Some(ready) => Reply::concurrent(ready()),
            None => Reply::Now(self.pid.is_some()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.signal(Signal::SIGKILL);
    }
}
