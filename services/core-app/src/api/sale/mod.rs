//! The HTTP API of the sale. Every `POST` takes an `Idempotency-Key`; an application is seen and changed by whoever holds the
//! token that came with its quote.

mod access;
mod audit;
mod desk;
mod once;
mod person;
mod quotes;
mod steps;
mod stream;
mod view;
mod webhook;

use polis_actors::http::Problem;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reject::{LengthRequired, PayloadTooLarge, Rejection};
use warp::reply::Response;

pub use audit::history;
pub use desk::{Desk, SaleConfig};

/// Longest body of a request.
const MOST_BODY: u64 = 16 << 10;

/// All routes of the sale.
pub fn routes(desk: &Desk) -> BoxedFilter<(Response,)> {
    let routes = quotes::route(desk).or(steps::routes(desk)).unify();
    let routes = routes.or(stream::route(desk)).unify().or(audit::route(desk)).unify();
    routes.or(webhook::route(desk)).unify().recover(unreadable).unify().boxed()
}

/// Bodies that are too long, or do not say how long they are. Everything else is for other routes.
async fn unreadable(rejection: Rejection) -> Result<Response, Rejection> {
    if rejection.find::<PayloadTooLarge>().is_some() {
        let what = format!("the body is longer than {MOST_BODY} bytes");
        return Ok(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, what).into());
    }
    if rejection.find::<LengthRequired>().is_some() {
        let what = "Content-Length is missing; send {} where there is nothing to say";
        return Ok(Problem::new(StatusCode::LENGTH_REQUIRED, what).into());
    }
    Err(rejection)
}

fn body() -> impl Filter<Extract = (bytes::Bytes,), Error = warp::Rejection> + Clone {
    warp::body::content_length_limit(MOST_BODY).and(warp::body::bytes())
}

/// What a request says of itself.
fn said() -> impl Filter<Extract = (Option<String>, Option<String>), Error = warp::Rejection> + Clone {
    warp::header::optional::<String>("authorization").and(warp::header::optional::<String>("idempotency-key"))
}
