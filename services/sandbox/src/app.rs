//! The sandbox as a tree of actors.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use polis_actors::http::HttpSpec;
use polis_actors::process;
use polis_actors::runtime::{Runtime, SupervisorSpec};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use crate::config::{Config, DEFAULTS};
use crate::drift::drift;
use crate::market::Market;
use crate::{control, feed, serve};

/// What all insurers answer, and the control API.
pub fn routes(market: &Market) -> BoxedFilter<(Response,)> {
    serve::routes(market).or(control::routes(market)).unify().or(feed::routes()).unify().boxed()
}

/// Runs the sandbox until it is told to stop.
///
/// # Errors
/// When the configuration cannot be used.
pub fn run(file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let process = process::begin::<Config>("sandbox", DEFAULTS, file, |config| &config.telemetry)?;
    let market = Market::invented().context("data/market.toml")?;
    let runtime = Runtime::new(1).context("start the runtime")?;
    let server = HttpSpec {
        name: "http".to_owned(),
        listen: process.config.http.listen,
        routes: routes(&market),
        grace: Duration::from_secs(2),
    };
    let root = SupervisorSpec::new("sandbox")
        .child(server.build().1)
        .child(drift(&market, process.config.drift))
        .build(runtime.placer());
    Ok(runtime.run(root.1, |_| ()))
}
