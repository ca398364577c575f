//! core-app as a tree of actors.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use polis_actors::admin::{AdminServer, AdminSpec};
use polis_actors::broadcaster::{BroadcasterConfig, BroadcasterSpec};
use polis_actors::consumer::{ConsumerConfig, ConsumerSpec};
use polis_actors::database::Database;
use polis_actors::http::{Front, HttpSpec};
use polis_actors::kafka::Broker;
use polis_actors::lease::{LeaseConfig, Leases};
use polis_actors::monitor::CONSUMERS;
use polis_actors::process::{self, Process, migrate_when_up};
use polis_actors::relay::{OUTBOX, RelayConfig, RelaySpec};
use polis_actors::retention;
use polis_actors::runtime::{Child, Placer, Runtime, SupervisorSpec};
use polis_schema::Service;
use warp::filters::BoxedFilter;
use warp::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::admin;
use crate::api;
use crate::api::sale::Desk;
use crate::audit::Checkpoints;
use crate::audit::checkpoint::{Signer, Trusted};
use crate::catalogue::{CatalogueProjection, Changes};
use crate::config::{Config, DEFAULTS};
use crate::sale::provider::Provider;
use crate::sale::{News, PaymentRequests, Timekeeper, Topics};

const SERVICE: &str = "core-app";

/// Runs the service until it is told to stop.
///
/// # Errors
/// When the configuration cannot be used or the database refuses its migrations.
pub fn run(file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let process = process::begin::<Config>(SERVICE, DEFAULTS, file, |config| &config.telemetry)?;
    let runtime = Runtime::new(0).context("start the runtime")?;
    let database = Database::new(&process.config.database, &process.instance)?;
    runtime.block_on(migrate_when_up(&database, Service::Core))?;
    let root = runtime.block_on(async { tree(&process, &database, runtime.placer()) })?;
    // The admin port is told of the tree it belongs to.
    let _ = process.root.set(root.clone());
    Ok(runtime.run(root, |_| ()))
}

/// The server comes last: it is the first to stop, and streams are closed by then or right after.
fn tree(process: &Process<Config>, database: &Database, placer: Arc<dyn Placer>) -> anyhow::Result<Arc<dyn Child>> {
    let config = &process.config;
    let leases = Leases::new(database, &process.instance, LeaseConfig::default());
    let broker = || Broker::new(&config.kafka, &process.instance);
    let catalogue = ConsumerSpec {
        projection: Arc::new(CatalogueProjection),
        database: database.clone(),
        broker: broker(),
        leases: leases.clone(),
        config: ConsumerConfig::new("catalogue", &config.topic.name, config.topic.partitions),
    };
    let requests = ConsumerSpec {
        projection: Arc::new(PaymentRequests),
        database: database.clone(),
        broker: broker(),
        leases: leases.clone(),
        config: ConsumerConfig::new("payments", &config.payments.name, config.payments.partitions),
    };
    let topics = [&config.policies, &config.payments].map(|topic| (topic.name.clone(), topic.partitions));
    let relay = RelaySpec {
        outbox: OUTBOX,
        database: database.clone(),
        broker: broker(),
        leases: leases.clone(),
        config: RelayConfig::for_topics(topics.to_vec()),
    };
    let source = Arc::new(Changes(database.clone()));
    let broadcaster = BroadcasterSpec { source, database: database.clone(), config: BroadcasterConfig::default() };
    let (_, broadcaster, clients) = broadcaster.build();
    let topics =
        Topics { policies: config.policies.name.as_str().into(), payments: config.payments.name.as_str().into() };
    let provider = Provider::new(config.provider.clone()).context("set up the HTTP client")?;
    let news = News::open(database);
    let public: Arc<str> = config.http.public.trim_end_matches('/').into();
    let desk = Desk::open(database, topics.clone(), provider.clone(), config.sale, public.clone(), news.clone());
    let signer = Some(&config.audit.key).filter(|key| !key.is_empty());
    let signer = signer.map(|key| Signer::from_seed(key)).transpose()?.map(Arc::new);
    let trusted = Trusted::from_keys(&config.audit.trusted)?;
    let trusted = signer.iter().fold(trusted, |trusted, signer| trusted.and(signer.public_key()));
    let forget_decided = retention::forget_decided(database, &leases, config.retention.dead_letters.0);
    let every = config.audit.every.0;
    let checkpoints = Checkpoints { database: database.clone(), leases: leases.clone(), signer, every };
    let timekeeper = Timekeeper { database: database.clone(), leases, provider, topics, public, news };
    let port = AdminSpec {
        service: SERVICE,
        instance: process.instance.clone(),
        listen: config.admin.listen,
        metrics: process.telemetry.metrics.clone(),
        root: process.root.clone(),
    };
    let api = api::with_problems(api::routes(database, &clients).or(api::sale::routes(&desk)).unify().boxed());
    let cors = api::cors(&config.http.origins).context("http.origins")?;
    let server = HttpSpec {
        name: "http".to_owned(),
        listen: config.http.listen,
        routes: api.or(page(&config.http.web)).unify().boxed(),
        front: Front { traced: true, admit: Some(api::limits(config.http.limits, config.http.behind_proxy)), cors },
        grace: Duration::from_secs(5),
    };
    Ok(SupervisorSpec::new(SERVICE)
        .child(AdminServer::build(port, admin::routes(&desk, &trusted)).1)
        .child(polis_actors::partitions::keep_ahead(database))
        .child(polis_actors::monitor::watch(database, SERVICE, &CONSUMERS))
        .child(forget_decided)
        .child(relay.build().1)
        .child(catalogue.build(placer.clone()).1)
        .child(requests.build(placer.clone()).1)
        .children(timekeeper.build())
        .child(checkpoints.build())
        .child(server.build().1)
        .child(broadcaster)
        .build(placer)
        .1)
}

/// Scripts, styles and calls are our own; nobody shows the page inside of theirs.
const POLICY: &str =
    "default-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// The built page. Its assets have their content in their name; the page itself is asked for again.
fn page(directory: &Path) -> BoxedFilter<(Response,)> {
    let assets = warp::path("assets").and(warp::fs::dir(directory.join("assets"))).map(|file: warp::fs::File| {
        warp::reply::with_header(file, CACHE_CONTROL, "public, max-age=31536000, immutable").into_response()
    });
    let rest = warp::fs::dir(directory.to_owned())
        .map(|file: warp::fs::File| warp::reply::with_header(file, CACHE_CONTROL, "no-cache"))
        .map(|page| warp::reply::with_header(page, CONTENT_SECURITY_POLICY, POLICY).into_response());
    assets.or(rest).unify().boxed()
}
