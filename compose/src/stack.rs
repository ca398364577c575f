//! The stack as a tree of supervised processes, on a thread of its own.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use polis_actors::runtime::supervisor::AddChild;
use polis_actors::runtime::{ActorRef, Background, Child, Supervisor, SupervisorSpec, TreeNode, tree};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::artifacts::Cache;
use crate::audit_key::audit_key;
use crate::jaeger::JaegerPorts;
use crate::kafka::Kafka;
use crate::process::{Process, ProcessSpec, Serves};
use crate::{StackError, database_url, directories, free_port, jaeger, postgres};

/// How long a part may take until it serves.
const READY_WITHIN: Duration = Duration::from_secs(90);
const ASK_AGAIN: Duration = Duration::from_millis(20);

/// What the parts are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// To be there soon and for a short time. Kafka's code is not compiled as well as it could be, and PostgreSQL leaves
    /// writing to the system: what it has committed is kept when it is killed, not when the machine is.
    Test,
    /// To keep data, or to be measured.
    Service,
}

/// Which parts to start, and where. A part with an address elsewhere is not started.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Data and logs.
    pub directory: PathBuf,
    /// Port of PostgreSQL.
    pub postgres: u16,
    /// Port of Kafka.
    pub kafka: u16,
    /// An existing PostgreSQL to use instead: the address of its `postgres` database, as a superuser.
    pub existing_postgres: Option<String>,
    /// An existing Kafka to use instead.
    pub existing_kafka: Option<String>,
    /// What they are for.
    pub purpose: Use,
}

impl Parts {
    /// Everything on free ports, in a directory of its own that the next run sweeps away.
    ///
    /// # Errors
    /// When there is no port or no directory to be had.
    pub fn ephemeral() -> Result<Self, StackError> {
        let directory = directories::fresh(&std::env::temp_dir().join("polis-stack"))?;
        Ok(Self {
            directory,
            postgres: free_port()?,
            kafka: free_port()?,
            existing_postgres: None,
            existing_kafka: None,
            purpose: Use::Test,
        })
    }
}

/// Where the parts are.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// `postgres` database of the server, for its superuser.
    pub postgres_admin: String,
    /// Bootstrap address.
    pub kafka: String,
    /// Whether the server is our own, where every database has a login of its own without a password.
    own_postgres: bool,
}

impl Addresses {
    /// The address of a service's database. On somebody else's server its login is the one we were given.
    pub fn database_url(&self, name: &str) -> String {
        let (server, _) = self.postgres_admin.rsplit_once('/').unwrap_or((&self.postgres_admin, ""));
        let server = if self.own_postgres { server.replace("polis@", &format!("{name}@")) } else { server.to_owned() };
        format!("{server}/{name}")
    }
}

/// A running stack. Its processes end when it does, when it is dropped, and when this process dies.
pub struct Stack {
    addresses: Addresses,
    directory: PathBuf,
    audit_key: String,
    supervisor: ActorRef<Supervisor>,
    tree: Background,
    postgres_process: Option<ActorRef<Process>>,
    kafka_process: Option<ActorRef<Process>>,
    /// All that were started, also those that are gone since.
    processes: Mutex<Vec<ActorRef<Process>>>,
}

impl Stack {
    /// The stack that all tests of one test binary share. Never torn down in order: the kernel ends its processes
    /// with ours, and the next run sweeps its directory.
    ///
    /// # Panics
    /// When it does not come up: no test can run without it.
    #[expect(clippy::expect_used, reason = "no test can run without the stack")]
    pub async fn shared() -> &'static Stack {
        static SHARED: OnceCell<Stack> = OnceCell::const_new();
        SHARED
            .get_or_init(|| async {
                let parts = Parts::ephemeral().expect("a directory and ports");
                Stack::start(parts).await.unwrap_or_else(|error| panic!("the stack does not start: {error:?}"))
            })
            .await
    }

    /// Installs what is missing and starts the parts; answers when they serve.
    ///
    /// # Errors
    /// [`StackError`] says what is missing or which log to read.
    pub async fn start(parts: Parts) -> Result<Stack, StackError> {
        let cache = Cache::locate();
        crate::prerequisites::ensure(false).await?;
        let logs = parts.directory.join("logs");
        std::fs::create_dir_all(&logs).map_err(StackError::file("create directory", &logs))?;
        open_to_others(&parts.directory);
        let mut processes = Vec::new();
        if parts.existing_postgres.is_none() {
            let home = postgres::install(&cache).await?;
            let data = parts.directory.join("postgres");
            processes.push(
                postgres::prepare(&cache, parts.purpose, &home, &data, &logs.join("postgres.log"), parts.postgres)
                    .await?,
            );
        }
        if parts.existing_kafka.is_none() {
            let kafka = Kafka::install(&cache).await?;
            let data = parts.directory.join("kafka");
            let log = logs.join("kafka.log");
            processes.push(kafka.prepare(&cache, parts.purpose, &data, &log, parts.kafka).await?);
        }
        let addresses = Addresses {
            own_postgres: parts.existing_postgres.is_none(),
            postgres_admin: parts.existing_postgres.unwrap_or_else(|| database_url(parts.postgres, "postgres")),
            kafka: parts.existing_kafka.unwrap_or_else(|| format!("127.0.0.1:{}", parts.kafka)),
        };
        let stack = Self::run(addresses, parts.directory, processes).await?;
        stack.until_ready().await?;
        Ok(stack)
    }

    async fn run(addresses: Addresses, directory: PathBuf, processes: Vec<ProcessSpec>) -> Result<Stack, StackError> {
        let audit_key = audit_key(&directory)?;
        let build = move |placer| {
            let mut refs = Vec::new();
            let mut spec = SupervisorSpec::new("polis-stack").budget(10, Duration::from_secs(60));
            for process in processes {
                let (actor, child) = process.build();
                refs.push(actor);
                spec = spec.child(child);
            }
            let (supervisor, root) = spec.build(placer);
            (root, (supervisor, refs))
        };
        let started = Background::start("polis-stack", build).await;
        let (tree, (supervisor, refs)) = started.map_err(StackError::file("start a thread for", "polis-stack"))?;
        let named = |wanted: &str| refs.iter().find(|process| process.name() == wanted).cloned();
        let (postgres_process, kafka_process) = (named("postgres"), named("kafka"));
        let processes = Mutex::new(refs);
        Ok(Stack { addresses, directory, audit_key, supervisor, tree, postgres_process, kafka_process, processes })
    }

    /// Where the parts are.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Data and logs.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// What core-app signs checkpoints with.
    pub fn audit_key(&self) -> &str {
        &self.audit_key
    }

    /// Where a process of that name logs.
    pub fn log_of(&self, name: &str) -> PathBuf {
        self.directory.join("logs").join(format!("{name}.log"))
    }

    /// The PostgreSQL process; none when it runs elsewhere.
    pub fn postgres_process(&self) -> Option<&ActorRef<Process>> {
        self.postgres_process.as_ref()
    }

    /// The broker process; none when it runs elsewhere.
    pub fn kafka_process(&self) -> Option<&ActorRef<Process>> {
        self.kafka_process.as_ref()
    }

    /// The live tree of processes.
    pub fn report(&self) -> TreeNode {
        tree(self.tree.root())
    }

    /// The root of the tree, for an admin port.
    pub fn root(&self) -> &Arc<dyn Child> {
        self.tree.root()
    }

    /// Starts one more program under supervision.
    ///
    /// # Errors
    /// When a process of that name runs already.
    pub async fn spawn(&self, spec: ProcessSpec) -> Result<ActorRef<Process>, StackError> {
        let name = spec.name.clone();
        let (actor, child) = spec.build();
        match self.supervisor.ask(AddChild(child), READY_WITHIN).await {
            Ok(Ok(())) => {
                self.processes.lock().unwrap_or_else(PoisonError::into_inner).push(actor.clone());
                Ok(actor)
            }
            Ok(Err(error)) => Err(StackError::Command { program: name, output: error.to_string() }),
            Err(_) => Err(StackError::Ended),
        }
    }

    /// Stops a program within its grace and forgets it.
    pub async fn remove(&self, name: &str) {
        let message = polis_actors::runtime::supervisor::RemoveChild(name.to_owned());
        // A stack that has ended runs no program of that name either.
        let _ = self.supervisor.ask(message, READY_WITHIN).await;
    }

    /// Starts Jaeger on those ports, building it first when it is not in the cache.
    ///
    /// # Errors
    /// When Go is missing, the build fails or Jaeger does not start.
    pub async fn start_jaeger(&self, ports: JaegerPorts) -> Result<(), StackError> {
        let binary = jaeger::build(&Cache::locate()).await?;
        let spec = jaeger::prepare(&binary, &self.log_of("jaeger"), &self.directory.join("jaeger"), ports)?;
        self.spawn(spec).await?;
        self.until_ready().await
    }

    /// Waits until every process serves. Each is asked itself: what the tree knows of one may be of an incarnation that
    /// is dead already.
    ///
    /// # Errors
    /// Names the first that does not.
    pub async fn until_ready(&self) -> Result<(), StackError> {
        let deadline = Instant::now() + READY_WITHIN;
        for process in self.processes() {
            self.until_serving(&process, deadline).await?;
        }
        if self.tree.is_finished() { Err(StackError::Ended) } else { Ok(()) }
    }

    async fn until_serving(&self, process: &ActorRef<Process>, deadline: Instant) -> Result<(), StackError> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match process.ask(Serves, left).await {
                Ok(true) => return Ok(()),
                // It has been removed, or everything has ended, which the caller sees.
                _ if self.tree.is_finished() || !self.is_declared(process) => return Ok(()),
                _ if left.is_zero() => {
                    let (part, log) = (process.name().to_owned(), self.log_of(process.name()).display().to_string());
                    return Err(StackError::NotReady { part, seconds: READY_WITHIN.as_secs(), log });
                }
                // Not yet, or it ended with the question in hand: its successor is asked.
                _ => tokio::time::sleep(ASK_AGAIN).await,
            }
        }
    }

    /// Those that are in the tree; the others are forgotten.
    fn processes(&self) -> Vec<ActorRef<Process>> {
        let mut processes = self.processes.lock().unwrap_or_else(PoisonError::into_inner);
        processes.retain(|process| self.is_declared(process));
        processes.clone()
    }

    fn is_declared(&self, process: &ActorRef<Process>) -> bool {
        let roster = self.root().roster().map(|roster| roster.children()).unwrap_or_default();
        roster.iter().any(|child| Arc::ptr_eq(child.vitals(), process.vitals()))
    }

    /// Waits until the stack ends: by a signal to this process, or because a part keeps failing.
    pub fn wait(self) -> ExitCode {
        self.tree.wait()
    }

    /// Waits, without holding a thread, until the stack has ended.
    pub async fn ended(&self) {
        while !self.tree.is_finished() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Stops all processes in reverse order and waits for them.
    pub fn stop(self) {
        self.tree.stop();
    }
}

/// Downloads PostgreSQL and Kafka into the cache, unless they are there.
///
/// # Errors
/// [`StackError`] says what could not be had.
pub async fn download(cache: &Cache) -> Result<(), StackError> {
    postgres::install(cache).await?;
    Kafka::install(cache).await.map(drop)
}

/// PostgreSQL runs as somebody else when we are root, and must be able to reach its directory.
fn open_to_others(directory: &Path) {
    use std::os::unix::fs::PermissionsExt;
    for ancestor in directory.ancestors().take(2) {
        if let Ok(metadata) = std::fs::metadata(ancestor) {
            let mut permissions = metadata.permissions();
            permissions.set_mode(permissions.mode() | 0o055);
            // Where we may not change it, the server's own error tells.
            let _ = std::fs::set_permissions(ancestor, permissions);
        }
    }
}
