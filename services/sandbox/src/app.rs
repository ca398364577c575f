//! The sandbox as a tree of actors.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use polis_actors::http::{Front, HttpSpec};
use polis_actors::process;
use polis_actors::runtime::{Child, Runtime, SupervisorSpec};
use polis_actors::server::{Closing, ServerSpec};
use tokio::net::TcpListener;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use crate::config::{Config, DEFAULTS};
use crate::drift::drift;
use crate::market::Market;
use crate::payments::{self, Till};
use crate::{control, feed, grpc, registers, serve, sftp};

/// How long open requests may take when the sandbox stops.
const GRACE: Duration = Duration::from_secs(2);

/// Where the insurers of the sandbox are found.
#[derive(Clone, Copy, Debug)]
pub struct Doors {
    /// Those that speak HTTP, and the control API.
    pub http: SocketAddr,
    /// The one that speaks gRPC.
    pub grpc: SocketAddr,
    /// Those that put files on a server.
    pub sftp: SocketAddr,
}

/// The servers of a market and of the payment provider, as children for a supervisor.
pub fn servers(market: &Market, till: &Till, doors: Doors) -> [Arc<dyn Child>; 4] {
    let routes = routes(market).or(payments::routes(till)).unify().boxed();
    let http = HttpSpec { name: "http".to_owned(), listen: doors.http, routes, front: Front::default(), grace: GRACE };
    let server = |name: &str, listen, serve| ServerSpec { name: name.to_owned(), listen, serve, grace: GRACE };
    let (of_grpc, of_sftp) = (market.clone(), market.clone());
    let grpc = Arc::new(move |listener: TcpListener, closing: Closing| {
        Box::pin(grpc::run(of_grpc.clone(), listener, closing)) as _
    });
    let sftp = Arc::new(move |listener: TcpListener, closing: Closing| {
        Box::pin(sftp::run(of_sftp.clone(), listener, closing)) as _
    });
    [
        http.build().1,
        server("grpc", doors.grpc, grpc).build().1,
        server("sftp", doors.sftp, sftp).build().1,
        payments::messenger(till),
    ]
}

/// What insurers answer over HTTP, and the control API.
fn routes(market: &Market) -> BoxedFilter<(Response,)> {
    let routes = serve::routes(market).or(control::routes(market)).unify().or(feed::routes()).unify();
    routes.or(registers::routes(market)).unify().boxed()
}

/// Runs the sandbox until it is told to stop.
///
/// # Errors
/// When the configuration cannot be used.
pub fn run(file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let process = process::begin::<Config>("sandbox", DEFAULTS, file, |config| &config.telemetry)?;
    let market = Market::invented().context("data/market.toml")?;
    market.drift.send_replace(process.config.drift);
    let runtime = Runtime::new(1).context("start the runtime")?;
    let config = &process.config;
    let doors = Doors { http: config.http.listen, grpc: config.grpc.listen, sftp: config.sftp.listen };
    let root = servers(&market, &Till::default(), doors)
        .into_iter()
        .fold(SupervisorSpec::new("sandbox"), SupervisorSpec::child)
        .child(drift(&market));
    let follow = registers::follow(&market.registers, &config.registers, &process.instance, runtime.placer());
    let root = follow.into_iter().fold(root, SupervisorSpec::child).build(runtime.placer());
    Ok(runtime.run(root.1, |_| ()))
}
