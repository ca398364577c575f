//! The relay as an actor: owns the lease on its outbox, heals what is down, and shows how much waits.

use std::sync::Arc;
use std::time::Duration;

use super::engine::Engine;
use super::{Outbox, RelayError};
use crate::database::{Database, Run, Wake, listen};
use crate::kafka::Broker;
use crate::lease::{Held, Leases};
use crate::runtime::{ActorRef, Child, ChildSpec, Ctx, Exit, Guarded, Progress, Service};

/// How a relay works. The defaults suit two cores; a bench says what they give.
#[derive(Clone, Debug)]
pub struct RelayConfig {
    /// Topics that must exist before anything is sent, and their partitions.
    pub topics: Vec<(String, i32)>,
    /// How long to sleep when nobody calls.
    pub slow_poll: Duration,
    /// Most rows read at once.
    pub page_rows: i64,
    /// Most bytes read at once.
    pub page_bytes: usize,
    /// Reading waits while that many rows are in queues and requests.
    pub most_rows: usize,
    /// Reading waits while that many bytes are in queues and requests.
    pub most_bytes: usize,
    /// Most rows marked by one statement.
    pub mark_rows: usize,
}

impl RelayConfig {
    /// The defaults, for an outbox whose rows go to these topics.
    pub fn for_topics(topics: Vec<(String, i32)>) -> Self {
        Self {
            topics,
            slow_poll: Duration::from_secs(1),
            page_rows: 8_000,
            page_bytes: 8 << 20,
            most_rows: 40_000,
            most_bytes: 32 << 20,
            mark_rows: 8_000,
        }
    }
}

/// What a relay is made of.
#[derive(Clone)]
pub struct RelaySpec {
    /// The table.
    pub outbox: Outbox,
    /// Where the table is.
    pub database: Database,
    /// Where its rows go.
    pub broker: Broker,
    /// Where its lease is.
    pub leases: Leases,
    /// How it works.
    pub config: RelayConfig,
}

impl RelaySpec {
    /// The relay as a child for a supervisor.
    pub fn build(self) -> (ActorRef<Relay>, Arc<dyn Child>) {
        let name = format!("relay-{}", self.outbox.name);
        ChildSpec::new(name, move |_| Ok(Relay { spec: self.clone() })).build()
    }
}

/// The actor.
pub struct Relay {
    spec: RelaySpec,
}

impl Service for Relay {
    const KIND: &'static str = "relay";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        let progress = ctx.progress();
        progress.healthy("waiting for the lease");
        ctx.spawn_linked(own_and_relay(self.spec.clone(), progress), |_, never, _| match never {});
        ctx.spawn_linked(watch_backlog(self.spec.clone()), |_, (), ctx| ctx.end(Exit::Finished));
    }
}

const RECOVER: Duration = Duration::from_millis(500);

async fn own_and_relay(spec: RelaySpec, progress: Progress) -> std::convert::Infallible {
    let resource = format!("relay/{}", spec.outbox.name);
    let lease = spec.leases.of(resource);
    let wake = Wake::default();
    let _listening: Guarded<()> = listen(&spec.database, spec.outbox.name, wake.clone());
    loop {
        match lease.acquire().await {
            Ok(Some(held)) => {
                progress.leases(vec![held.resource().to_owned()]);
                relay_while_held(&spec, &held, &wake, &progress).await;
                progress.leases(Vec::new());
                held.release().await;
            }
            Ok(None) => {
                progress.healthy("another instance relays");
                tokio::time::sleep(lease.every()).await;
            }
            Err(error) => {
                down(&progress, &RelayError::Database(error));
                tokio::time::sleep(RECOVER).await;
            }
        }
    }
}

async fn relay_while_held(spec: &RelaySpec, held: &Held, wake: &Wake, progress: &Progress) {
    while !held.is_lost() {
        let begun =
            Engine::begin(spec.outbox, &spec.config, &spec.database, &spec.broker, held, progress.clone()).await;
        let error = match begun {
            Ok(mut engine) => engine.run(held, wake).await,
            Err(error) => error,
        };
        down(progress, &error);
        if matches!(error, RelayError::Fenced) {
            return;
        }
        tokio::time::sleep(RECOVER).await;
    }
}

/// A part that is down is a state. What it says is logged once per change, not once per attempt.
fn down(progress: &Progress, error: &RelayError) {
    let text = crate::runtime::error_text(error);
    if progress.status() != text {
        tracing::warn!(error = text, "relay waits");
    }
    match error {
        RelayError::Broker(crate::kafka::BrokerError::Topic { .. }) => progress.not_ready(text),
        _ => progress.degraded(text),
    }
}

/// The alert is on the age of the oldest unsent row, so it must be known also while the broker is down.
async fn watch_backlog(spec: RelaySpec) {
    const EVERY: Duration = Duration::from_secs(5);
    loop {
        tokio::time::sleep(EVERY).await;
        let Ok(client) = spec.database.get().await else { continue };
        let floor = client.first(&polis_schema::sql::outbox::LOAD_FLOOR, &[&spec.outbox.name]).await;
        let floor: i64 = floor.ok().flatten().map_or(0, |row| row.get(0));
        if let Ok(Some(row)) = client.first(&spec.outbox.backlog, &[&floor]).await {
            let (waiting, oldest): (i64, Option<f64>) = (row.get(0), row.get(1));
            metrics::gauge!("relay_unsent_rows", "outbox" => spec.outbox.name).set(waiting as f64);
            metrics::gauge!("relay_oldest_unsent_seconds", "outbox" => spec.outbox.name).set(oldest.unwrap_or(0.0));
        }
    }
}
