//! Requests that no handler sees: a body or a header that cannot be read, an address that is none.

use polis_actors::http::Problem;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reject::{InvalidHeader, LengthRequired, PayloadTooLarge, Rejection};
use warp::reply::Response;

use super::sale::MOST_BODY;

/// These routes, and a problem for everything below `/api` that they do not take.
pub fn with_problems(routes: BoxedFilter<(Response,)>) -> BoxedFilter<(Response,)> {
    let unknown =
        warp::path("api").and(warp::any()).map(|| Problem::not_found("there is no such address").into()).boxed();
    routes.recover(unreadable).unify().or(unknown).unify().boxed()
}

async fn unreadable(rejection: Rejection) -> Result<Response, Rejection> {
    if rejection.find::<PayloadTooLarge>().is_some() {
        let what = format!("the body is longer than {MOST_BODY} bytes");
        return Ok(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, what).into());
    }
    if rejection.find::<LengthRequired>().is_some() {
        let what = "Content-Length is missing; send {} where there is nothing to say";
        return Ok(Problem::new(StatusCode::LENGTH_REQUIRED, what).into());
    }
    if let Some(header) = rejection.find::<InvalidHeader>() {
        let what = format!("{} has other characters than those of ASCII", header.name());
        return Ok(Problem::bad_request(what).into());
    }
    Err(rejection)
}
