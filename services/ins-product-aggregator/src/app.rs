//! The aggregator as a tree of actors.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use polis_actors::admin::{AdminServer, AdminSpec};
use polis_actors::database::Database;
use polis_actors::kafka::Broker;
use polis_actors::lease::LeaseConfig;
use polis_actors::poller::{PollerConfig, PollerSpec};
use polis_actors::process::{self, Process, migrate_when_up};
use polis_actors::relay::{PRODUCT_EVENTS, RelayConfig, RelaySpec};
use polis_actors::runtime::{Child, Placer, Runtime, SupervisorSpec};
use polis_schema::Service;
use warp::Filter;

use crate::catalogue::Writer;
use crate::config::{Config, DEFAULTS, InsurerConfig};
use crate::protocol::rest::Rest;

const SERVICE: &str = "ins-product-aggregator";
/// Share of a schedule by which polls come early or late.
const JITTER: f64 = 0.1;

/// Runs the service until it is told to stop.
///
/// # Errors
/// When the configuration cannot be used or the database refuses its migrations.
pub fn run(file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let process = process::begin::<Config>(SERVICE, DEFAULTS, file, |config| &config.telemetry)?;
    let runtime = Runtime::new(0).context("start the runtime")?;
    let database = Database::new(&process.config.database, &process.instance)?;
    runtime.block_on(migrate_when_up(&database, Service::Aggregator))?;
    let root = runtime.block_on(async { tree(&process, &database, runtime.placer()) })?;
    // The admin port is told of the tree it belongs to.
    let _ = process.root.set(root.clone());
    Ok(runtime.run(root, |_| ()))
}

/// Pollers below a supervisor of their own: one insurer that keeps breaking does not use up the others' budget.
fn tree(process: &Process<Config>, database: &Database, placer: Arc<dyn Placer>) -> anyhow::Result<Arc<dyn Child>> {
    let config = &process.config;
    let broker = Broker::new(&config.kafka, &process.instance);
    let relay = RelaySpec {
        outbox: PRODUCT_EVENTS,
        database: database.clone(),
        broker,
        owner: process.instance.clone(),
        config: RelayConfig::for_topics(vec![(config.topic.name.clone(), config.topic.partitions)]),
    };
    let admin = AdminSpec {
        service: SERVICE,
        instance: process.instance.clone(),
        listen: config.admin.listen,
        metrics: process.telemetry.metrics.clone(),
        root: process.root.clone(),
    };
    let nothing_more = warp::any().and_then(|| async { Err(warp::reject::not_found()) }).boxed();
    let root = SupervisorSpec::new(SERVICE)
        .child(AdminServer::build(admin, nothing_more).1)
        .child(relay.build().1)
        .child(polis_actors::partitions::keep_ahead(database))
        .child(pollers(process, database, placer.clone())?);
    Ok(root.build(placer).1)
}

fn pollers(process: &Process<Config>, database: &Database, placer: Arc<dyn Placer>) -> anyhow::Result<Arc<dyn Child>> {
    let config = &process.config;
    let names: HashMap<_, _> =
        config.insurers.iter().map(|insurer| (insurer.id.clone(), insurer.name.clone())).collect();
    anyhow::ensure!(
        names.len() == config.insurers.len(),
        "configuration key insurers: {:?} is there twice",
        twice(config)
    );
    let writer = Arc::new(Writer::new(database.clone(), config.topic.name.clone(), config.guard, names));
    let client = Rest::client().context("set up the HTTP client")?;
    let mut supervisor = SupervisorSpec::new("pollers").budget(50, Duration::from_secs(60));
    for insurer in &config.insurers {
        let source = Rest::new(client.clone(), insurer.rest.clone(), config.rebase.clone())
            .with_context(|| format!("configuration key insurers: {}", insurer.id))?;
        let spec = PollerSpec {
            source: Arc::new(source),
            target: writer.clone(),
            database: database.clone(),
            owner: process.instance.clone(),
            config: schedule(insurer),
        };
        supervisor = supervisor.child(spec.build().1);
    }
    Ok(supervisor.build(placer).1)
}

fn twice(config: &Config) -> Option<&str> {
    let mut seen = HashSet::new();
    config.insurers.iter().map(|insurer| insurer.id.as_str()).find(|id| !seen.insert(*id))
}

fn schedule(insurer: &InsurerConfig) -> PollerConfig {
    let every = insurer.every.0;
    PollerConfig {
        insurer: insurer.id.clone(),
        every,
        jitter: JITTER,
        deadline: insurer.deadline.0,
        breaker_after: 5,
        breaker_rest: (every * 2, (every * 60).min(Duration::from_secs(300))),
        lease: LeaseConfig::default(),
    }
}
