//! HTTP servers as actors: a port that is taken or lost is a state that heals.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::connections::serve;
use crate::runtime::{ActorRef, Child, ChildSpec, Ctx, Service};

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
            tracing::info!(server = spec.name, listen = %spec.listen, "listening");
            progress.healthy(format!("listening on {}", spec.listen));
            let asked = async move {
                let _ = closing.wait_for(|closing| *closing).await;
            };
            serve(listener, spec.routes, asked).await;
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
