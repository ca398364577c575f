//! Settlement as a tree of actors.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use polis_actors::admin::{AdminServer, AdminSpec};
use polis_actors::consumer::{ConsumerConfig, ConsumerSpec, Projection};
use polis_actors::database::Database;
use polis_actors::kafka::{Broker, TopicConfig};
use polis_actors::lease::{LeaseConfig, Leases};
use polis_actors::monitor::CONSUMERS;
use polis_actors::process::{self, Process, migrate_when_up};
use polis_actors::runtime::{Child, Placer, Runtime, SupervisorSpec};
use polis_schema::Service;

use crate::config::{Config, DEFAULTS};
use crate::insurers::Insurers;
use crate::intake::Intake;
use crate::offers::OffersProjection;
use crate::policies::PoliciesProjection;
use crate::shared::Shared;
use crate::{admin, breaks, intake, monitor, retention, runs};

const SERVICE: &str = "ins-comp-settlement";

/// Runs the service until it is told to stop.
///
/// # Errors
/// When the configuration cannot be used or the database refuses its migrations.
pub fn run(file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let process = process::begin::<Config>(SERVICE, DEFAULTS, file, |config| &config.telemetry)?;
    let runtime = Runtime::new(0).context("start the runtime")?;
    process.config.requisites.check().context("the configuration")?;
    let database = Database::new(&process.config.database, &process.instance)?;
    runtime.block_on(migrate_when_up(&database, Service::Settlement))?;
    let root = runtime.block_on(async { tree(&process, &database, &runtime.placer()) })?;
    // The admin port is told of the tree it belongs to.
    let _ = process.root.set(root.clone());
    Ok(runtime.run(root, |_| ()))
}

fn tree(process: &Process<Config>, database: &Database, placer: &Arc<dyn Placer>) -> anyhow::Result<Arc<dyn Child>> {
    let config = &process.config;
    let leases = Leases::new(database, &process.instance, LeaseConfig::default());
    let port = AdminSpec {
        service: SERVICE,
        instance: process.instance.clone(),
        listen: config.admin.listen,
        metrics: process.telemetry.metrics.clone(),
        root: process.root.clone(),
    };
    let shared = Shared {
        database: database.clone(),
        insurers: Insurers::new(config.insurers.directory.clone()),
        spool: config.intake.spool.clone(),
        us: config.requisites.clone(),
    };
    let intake = Intake::new(&shared, config.intake.most_bytes, &config.rebase)?;
    let spec = |name: &str, topic: &TopicConfig| ConsumerConfig::new(name, &topic.name, topic.partitions);
    let consume = Consume { process, database, leases: &leases, placer };
    let mut tree = SupervisorSpec::new(SERVICE)
        .child(AdminServer::build(port, admin::routes(&shared, &intake)).1)
        .child(polis_actors::partitions::keep_ahead(database))
        .child(consume.with(OffersProjection, spec("products", &config.products)))
        .child(consume.with(PoliciesProjection, spec("policies", &config.policies)))
        .child(intake::scheduler(&intake, &leases))
        .child(runs::runner(&shared, &leases))
        .child(breaks::rechecker(&shared, &leases))
        .child(polis_actors::monitor::watch(database, SERVICE, &[&CONSUMERS[..], &monitor::WATCHED].concat()))
        .child(polis_actors::retention::forget_decided(database, &leases, config.retention.dead_letters.0))
        .child(retention::keeper(database, &leases, config.retention.after.0));
    let folder = &config.intake.folder;
    if !folder.as_os_str().is_empty() {
        tree = tree.child(intake::folder(&intake, &leases, folder, config.intake.look_every.0));
    }
    Ok(tree.build(placer.clone()).1)
}

/// What both consumers share.
struct Consume<'a> {
    process: &'a Process<Config>,
    database: &'a Database,
    leases: &'a Leases,
    placer: &'a Arc<dyn Placer>,
}

impl Consume<'_> {
    fn with<P: Projection>(&self, projection: P, config: ConsumerConfig) -> Arc<dyn Child> {
        let spec = ConsumerSpec {
            projection: Arc::new(projection),
            database: self.database.clone(),
            broker: Broker::new(&self.process.config.kafka, &self.process.instance),
            leases: self.leases.clone(),
            config,
        };
        spec.build(self.placer.clone()).1
    }
}
