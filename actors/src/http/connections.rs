//! Accepting connections and serving requests on them, for as long as the caller waits.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::Front;
use crate::runtime::spawn_guarded;

/// A client that takes longer to say what it wants is not waited for.
const REQUEST_HEADERS: Duration = Duration::from_secs(30);
/// Out of file descriptors, most likely: others close meanwhile.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// Serves until `closing`, then lets open requests end. HTTP/1.1 only: who speaks HTTP/2 to the world is the proxy that
/// terminates TLS. Dropping the future closes all connections.
pub(super) async fn serve(
    listener: TcpListener, routes: BoxedFilter<(Response,)>, front: Front, closing: impl Future<Output = ()>,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(REQUEST_HEADERS);
    let graceful = GracefulShutdown::new();
    let mut connections = FuturesUnordered::new();
    let mut closing = pin!(closing);
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "connection not accepted");
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                    continue;
                }
            },
            Some(ended) = connections.next() => {
                ended_by_panic(ended);
                continue;
            }
            () = &mut closing => break,
        };
        // A small answer must not wait for the acknowledgement of the one before it.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "connection lost while it was accepted");
            continue;
        }
        let service = front.reception(&routes, peer.ip());
        let connection = graceful.watch(http.serve_connection(TokioIo::new(stream), service));
        connections.push(spawn_guarded(async move {
            // Browsers leave when they like; that is no error of ours.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended");
            }
        }));
    }
    drop(listener);
    let mut ended = pin!(graceful.shutdown());
    loop {
        tokio::select! {
            () = &mut ended => return,
            Some(ended) = connections.next() => ended_by_panic(ended),
        }
    }
}

/// A panic in a handler ends its connection and nothing else.
fn ended_by_panic(ended: Result<(), crate::runtime::Exit>) {
    if let Err(exit) = ended {
        metrics::counter!("http_panics_total").increment(1);
        tracing::error!(%exit, "a request was not answered");
    }
}
