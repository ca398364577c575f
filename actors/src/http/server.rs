//! HTTP servers as actors.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::Front;
use super::connections::serve;
use crate::runtime::{ActorRef, Child};
use crate::server::{Server, ServerSpec};

/// An HTTP server.
#[derive(Clone)]
pub struct HttpSpec {
    /// Name in the tree.
    pub name: String,
    /// Where it listens.
    pub listen: SocketAddr,
    /// What it serves.
    pub routes: BoxedFilter<(Response,)>,
    /// What is done with every request.
    pub front: Front,
    /// How long open requests may take when it stops.
    pub grace: Duration,
}

impl HttpSpec {
    /// The server as a child for a supervisor.
    pub fn build(self) -> (ActorRef<Server>, Arc<dyn Child>) {
        let Self { name, listen, routes, front, grace } = self;
        let serve =
            Arc::new(move |listener, closing| Box::pin(serve(listener, routes.clone(), front.clone(), closing)) as _);
        ServerSpec { name, listen, serve, grace }.build()
    }
}
