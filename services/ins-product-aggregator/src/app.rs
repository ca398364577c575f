//! The aggregator as a tree of actors.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use polis_actors::admin::{AdminServer, AdminSpec};
use polis_actors::config::Source;
use polis_actors::database::Database;
use polis_actors::kafka::Broker;
use polis_actors::lease::{LeaseConfig, Leases};
use polis_actors::poller::OrderBook;
use polis_actors::process::{self, Process, migrate_when_up};
use polis_actors::relay::{PRODUCT_EVENTS, RelayConfig, RelaySpec};
use polis_actors::runtime::{Child, Placer, Runtime, SupervisorSpec};
use polis_schema::Service;

use crate::admin;
use crate::config::{Config, DEFAULTS};
use crate::directory::DirectorySpec;
use crate::insurer::Surroundings;
use crate::orders;
use crate::protocol::http::Http;
use crate::republisher::republisher;

const SERVICE: &str = "ins-product-aggregator";

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
    let leases = Leases::new(database, &process.instance, LeaseConfig::default());
    let relay = RelaySpec {
        outbox: PRODUCT_EVENTS,
        database: database.clone(),
        broker,
        leases: leases.clone(),
        config: RelayConfig::for_topics(vec![(config.topic.name.clone(), config.topic.partitions)]),
    };
    let port = AdminSpec {
        service: SERVICE,
        instance: process.instance.clone(),
        listen: config.admin.listen,
        metrics: process.telemetry.metrics.clone(),
        root: process.root.clone(),
    };
    let (desk, book) = OrderBook::open();
    let (pollers, supervisor) =
        SupervisorSpec::new("pollers").budget(50, Duration::from_secs(60)).build(placer.clone());
    let directory = DirectorySpec {
        directory: config.insurers.directory.clone(),
        around: Surroundings {
            client: Http::client().context("set up the HTTP client")?,
            rebase: config.rebase.clone(),
            environment: Arc::new(Source::process_environment()),
            findings: None,
        },
        database: database.clone(),
        share: leases.share("pollers", 0),
        leases: leases.clone(),
        topic: config.topic.name.clone(),
        guard: config.guard,
        pollers,
        orders: book,
    };
    let root = SupervisorSpec::new(SERVICE)
        .child(AdminServer::build(port, admin::routes(database, &leases, &config.topic.name)).1)
        .child(relay.build().1)
        .child(polis_actors::partitions::keep_ahead(database))
        .child(orders::follow(database, desk))
        .child(republisher(database, &leases, &config.topic.name))
        .child(supervisor)
        .child(directory.build());
    Ok(root.build(placer).1)
}
