//! The reader behind all streams: changes from the database into the shared log.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::client::Clients;
use super::{Log, Source};
use crate::database::{Database, DatabaseError, Wake, listen};
use crate::runtime::{ActorRef, Child, ChildSpec, Ctx, Guarded, Progress, Service};

/// How a broadcaster works.
#[derive(Clone, Debug)]
pub struct BroadcasterConfig {
    /// How long to sleep when nobody calls.
    pub slow_poll: Duration,
    /// Changes read at once.
    pub page: i64,
    /// Frames kept as they came.
    pub most_recent: usize,
    /// Keys kept with their latest frame beyond that.
    pub most_coalesced: usize,
    /// Most bytes given to one client at once.
    pub most_bytes: usize,
    /// A client that was told nothing for this long, at most twice as long, gets a comment.
    pub heartbeat: Duration,
    /// When a browser comes again, on average.
    pub retry: Duration,
    /// Most streams at once.
    pub most_clients: usize,
}

impl Default for BroadcasterConfig {
    fn default() -> Self {
        Self {
            slow_poll: Duration::from_secs(1),
            page: 1_000,
            most_recent: 4_096,
            most_coalesced: 20_000,
            most_bytes: 64 << 10,
            heartbeat: Duration::from_secs(15),
            retry: Duration::from_secs(2),
            most_clients: 20_000,
        }
    }
}

/// What a broadcaster is made of.
#[derive(Clone)]
pub struct BroadcasterSpec {
    /// Where changes come from.
    pub source: Arc<dyn Source>,
    /// Where to listen for notifications.
    pub database: Database,
    /// How it works.
    pub config: BroadcasterConfig,
}

impl BroadcasterSpec {
    /// The broadcaster as a child for a supervisor, and the door for its clients, which outlives its restarts.
    pub fn build(self) -> (ActorRef<Broadcaster>, Arc<dyn Child>, Clients) {
        let log = Log::new(-1, self.config.most_recent, self.config.most_coalesced);
        let clients = Clients {
            log: log.clone(),
            source: self.source.clone(),
            config: self.config.clone(),
            count: Arc::default(),
        };
        let (actor, child) =
            ChildSpec::new("broadcaster", move |_| Ok(Broadcaster { spec: self.clone(), log: log.clone() })).build();
        (actor, child, clients)
    }
}

/// The actor.
pub struct Broadcaster {
    spec: BroadcasterSpec,
    log: Log,
}

impl Service for Broadcaster {
    const KIND: &'static str = "broadcaster";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        self.log.close(false);
        ctx.every(self.spec.config.heartbeat, |broadcaster, _| broadcaster.log.beat());
        let progress = ctx.progress();
        progress.not_ready("reading where changes begin");
        let read = follow(self.spec.clone(), self.log.clone(), progress);
        ctx.spawn_linked(read, |_, never, _| match never {});
    }

    /// Streams never end by themselves: the server that drains would wait for ever.
    fn drain(&mut self, _: &mut Ctx<'_, Self>) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
        self.log.close(true);
        None
    }
}

const RECOVER: Duration = Duration::from_millis(500);

async fn follow(spec: BroadcasterSpec, log: Log, progress: Progress) -> Infallible {
    let wake = Wake::default();
    let _listening: Guarded<()> = listen(&spec.database, spec.source.channel(), wake.clone());
    loop {
        let error = match read(&spec, &log, &wake, &progress).await {
            Ok(never) => match never {},
            Err(error) => crate::runtime::error_text(&error),
        };
        if progress.status() != error {
            tracing::warn!(error, "broadcaster waits for the database");
        }
        progress.degraded(error);
        tokio::time::sleep(RECOVER).await;
    }
}

async fn read(
    spec: &BroadcasterSpec, log: &Log, wake: &Wake, progress: &Progress,
) -> Result<Infallible, DatabaseError> {
    let (first, last) = spec.source.range().await?;
    // A restart of the actor goes on where the log is, unless the database has lost what the log has seen. A new
    // process reads back, so that pages which were open on another instance resume on this one.
    if log.head() < 0 || last < log.head() {
        let back = i64::try_from(spec.config.most_recent).unwrap_or(i64::MAX);
        let start = (first - 1).max(last - back).max(0);
        log.restart(start, spec.source.read_after(start, back).await?);
    }
    progress.healthy("broadcasting");
    loop {
        let frames = spec.source.read_after(log.head(), spec.config.page).await?;
        let count = frames.len();
        if count > 0 {
            log.append(frames);
            metrics::counter!("sse_frames_total").increment(count as u64);
            progress.handled(count as u64);
        }
        if i64::try_from(count).is_ok_and(|count| count < spec.config.page) {
            wake.wait(spec.config.slow_poll).await;
        }
    }
}
