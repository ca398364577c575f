//! The HTTP API of the sale. Every `POST` takes an `Idempotency-Key`; an application is seen and changed by whoever holds the
//! token that came with its quote.

mod access;
mod audit;
mod desk;
mod once;
mod person;
mod policy;
mod quotes;
mod steps;
mod stream;
mod view;
mod webhook;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::header::{CACHE_CONTROL, HeaderValue};
use warp::reply::Response;

pub use audit::history;
pub use desk::{Desk, SaleConfig};

/// Longest body of a request.
pub(super) const MOST_BODY: u64 = 16 << 10;

/// All routes of the sale.
pub fn routes(desk: &Desk) -> BoxedFilter<(Response,)> {
    let routes = quotes::route(desk).or(steps::routes(desk)).unify();
    let routes = routes.or(stream::route(desk)).unify().or(audit::route(desk)).unify();
    let routes = routes.or(policy::routes(desk)).unify();
    routes.or(webhook::route(desk)).unify().map(not_kept).boxed()
}

/// What is somebody's own is kept by no cache.
fn not_kept(mut response: Response) -> Response {
    response.headers_mut().entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn body() -> impl Filter<Extract = (bytes::Bytes,), Error = warp::Rejection> + Clone {
    warp::body::content_length_limit(MOST_BODY).and(warp::body::bytes())
}

/// What a request says of itself.
fn said() -> impl Filter<Extract = (Option<String>, Option<String>), Error = warp::Rejection> + Clone {
    warp::header::optional::<String>("authorization").and(warp::header::optional::<String>("idempotency-key"))
}
