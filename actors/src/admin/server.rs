//! HTTP servers as actors: a port that is taken or lost is a state that heals.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::sync::watch;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::http::header::{ACCEPT, CONTENT_TYPE};
use warp::reply::Response;
use warp::{Filter, Reply};

use super::{report, to_json};
use crate::runtime::{ActorRef, Child, ChildSpec, Ctx, Service, tree};

/// An HTTP server.
#[derive(Clone)]
pub struct HttpSpec {
    /// Name in the tree.
    pub name: String,
    /// Where it listens.
    pub listen: SocketAddr,
    /// What it serves.
    pub routes: BoxedFilter<(Response,)>,
    /// How long open requests may take when it stops.
    pub grace: Duration,
}

/// The actor of a server.
pub struct HttpServer {
    spec: HttpSpec,
    closing: watch::Sender<bool>,
    closed: watch::Sender<bool>,
}

impl HttpSpec {
    /// The server as a child for a supervisor.
    pub fn build(self) -> (ActorRef<HttpServer>, Arc<dyn Child>) {
        let (name, grace) = (self.name.clone(), self.grace);
        ChildSpec::new(name, move |_| {
            Ok(HttpServer { spec: self.clone(), closing: watch::Sender::new(false), closed: watch::Sender::new(false) })
        })
        .grace(grace)
        .build()
    }
}

impl Service for HttpServer {
    const KIND: &'static str = "http-server";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        let (spec, progress, mut closing) = (self.spec.clone(), ctx.progress(), self.closing.subscribe());
        progress.not_ready(format!("opening {}", spec.listen));
        let serve = async move {
            let listener = loop {
                match TcpListener::bind(spec.listen).await {
                    Ok(listener) => break listener,
                    Err(error) => {
                        let text = format!("cannot listen on {}: {error}", spec.listen);
                        if progress.status() != text {
                            tracing::error!("{text}");
                        }
                        progress.not_ready(text);
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                }
            };
            progress.healthy(format!("listening on {}", spec.listen));
            let asked = async move {
                let _ = closing.wait_for(|closing| *closing).await;
            };
            warp::serve(spec.routes).incoming(listener).graceful(asked).run().await;
        };
        ctx.spawn_linked(serve, |server, (), ctx| {
            server.closed.send_replace(true);
            ctx.finish();
        });
    }

    fn drain(&mut self, _: &mut Ctx<'_, Self>) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
        self.closing.send_replace(true);
        let mut closed = self.closed.subscribe();
        Some(Box::pin(async move {
            let _ = closed.wait_for(|closed| *closed).await;
        }))
    }
}

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
    pub fn build(spec: AdminSpec, more: BoxedFilter<(Response,)>) -> (ActorRef<HttpServer>, Arc<dyn Child>) {
        let listen = spec.listen;
        let routes = Self::routes(spec).or(more).unify().boxed();
        HttpSpec { name: "admin".to_owned(), listen, routes, grace: Duration::from_secs(2) }.build()
    }

    fn routes(spec: AdminSpec) -> BoxedFilter<(Response,)> {
        let (ready, actors, metrics) = (spec.clone(), spec.clone(), spec.metrics);
        let live = warp::path!("health" / "live").map(|| "live\n".into_response());
        let ready = warp::path!("health" / "ready").map(move || is_ready(&ready));
        let metrics = warp::path!("metrics").map(move || {
            metrics.run_upkeep();
            let text = metrics.render();
            warp::reply::with_header(text, CONTENT_TYPE, "text/plain; version=0.0.4").into_response()
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
