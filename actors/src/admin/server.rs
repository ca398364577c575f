//! The admin port.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use prost::Message as _;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::http::header::{ACCEPT, CONTENT_TYPE};
use warp::reply::Response;
use warp::{Filter, Reply};

use super::{report, to_json};
use crate::http::{Front, HttpSpec};
use crate::runtime::{ActorRef, Child, tree};
use crate::server::Server;
use crate::telemetry::exposition;

/// What an admin port shows.
#[derive(Clone)]
pub struct AdminSpec {
    /// Name of the service.
    pub service: &'static str,
    /// Which instance this is.
    pub instance: Arc<str>,
    /// Where it listens; loopback unless the operator says otherwise.
    pub listen: SocketAddr,
    /// What `/metrics` shows.
    pub metrics: PrometheusHandle,
    /// The root of the tree, set once it is built: the admin port is part of the tree it shows.
    pub root: Arc<OnceLock<Arc<dyn Child>>>,
}

/// Builds admin ports.
pub struct AdminServer;

impl AdminServer {
    /// The admin port as a child, with more routes of the service's own.
    pub fn build(spec: AdminSpec, more: BoxedFilter<(Response,)>) -> (ActorRef<Server>, Arc<dyn Child>) {
        let listen = spec.listen;
        let routes = Self::routes(spec).or(more).unify().boxed();
        HttpSpec { name: "admin".to_owned(), listen, routes, front: Front::default(), grace: Duration::from_secs(2) }
            .build()
    }

    fn routes(spec: AdminSpec) -> BoxedFilter<(Response,)> {
        let (ready, actors, metrics) = (spec.clone(), spec.clone(), spec.metrics);
        let live = warp::path!("health" / "live").map(|| "live\n".into_response());
        let ready = warp::path!("health" / "ready").map(move || is_ready(&ready));
        let metrics = warp::path!("metrics").map(move || {
            metrics.run_upkeep();
            warp::reply::with_header(exposition(&metrics), CONTENT_TYPE, "text/plain; version=0.0.4").into_response()
        });
        let actors = warp::path!("actors")
            .and(warp::header::optional::<String>(ACCEPT.as_str()))
            .map(move |accept: Option<String>| show_actors(&actors, accept.as_deref()));
        warp::get().and(live.or(ready).unify().or(metrics).unify().or(actors).unify()).boxed()
    }
}

fn is_ready(spec: &AdminSpec) -> Response {
    let reasons = spec.root.get().map_or_else(|| vec!["starting".to_owned()], |root| tree(root).not_ready());
    if reasons.is_empty() {
        return "ready\n".into_response();
    }
    let text = reasons.join("\n") + "\n";
    warp::reply::with_status(text, StatusCode::SERVICE_UNAVAILABLE).into_response()
}

fn show_actors(spec: &AdminSpec, accept: Option<&str>) -> Response {
    let Some(root) = spec.root.get() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
    let report = report(spec.service, &spec.instance, &tree(root));
    if accept.is_some_and(|accept| accept.contains("protobuf")) {
        return warp::reply::with_header(report.encode_to_vec(), CONTENT_TYPE, "application/protobuf").into_response();
    }
    warp::reply::json(&to_json(&report)).into_response()
}
