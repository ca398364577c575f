//! Servers as actors, whatever they speak: a port that is taken or lost is a state that heals.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::runtime::{ActorRef, Child, ChildSpec, Ctx, Service};

/// Ends when no more connections are to be taken.
pub type Closing = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Serves connections until it is closing and open requests have ended. Dropped, it closes all of them.
pub type Serve = Arc<dyn Fn(TcpListener, Closing) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// A server.
#[derive(Clone)]
pub struct ServerSpec {
    /// Name in the tree.
    pub name: String,
    /// Where it listens.
    pub listen: SocketAddr,
    /// What is done with connections.
    pub serve: Serve,
    /// How long open requests may take when it stops.
    pub grace: Duration,
}

/// The actor of a server.
pub struct Server {
    spec: ServerSpec,
    closing: watch::Sender<bool>,
    closed: watch::Sender<bool>,
}

const BIND_AGAIN: Duration = Duration::from_secs(1);

impl ServerSpec {
    /// The server as a child for a supervisor.
    pub fn build(self) -> (ActorRef<Server>, Arc<dyn Child>) {
        let (name, grace) = (self.name.clone(), self.grace);
        ChildSpec::new(name, move |_| {
            Ok(Server { spec: self.clone(), closing: watch::Sender::new(false), closed: watch::Sender::new(false) })
        })
        .grace(grace)
        .build()
    }
}

impl Service for Server {
    const KIND: &'static str = "server";

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
                        tokio::time::sleep(BIND_AGAIN).await;
                    }
                }
            };
            tracing::info!(server = spec.name, listen = %spec.listen, "listening");
            progress.healthy(format!("listening on {}", spec.listen));
            let asked = async move {
                let _ = closing.wait_for(|closing| *closing).await;
            };
            (spec.serve)(listener, Box::pin(asked)).await;
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
