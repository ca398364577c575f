//! `GET /api/products/stream`: changes as server-sent events.

use polis_actors::broadcaster::Clients;
use polis_actors::http::Problem;
use url::form_urlencoded;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};

use super::raw_query;

pub(crate) fn route(clients: &Clients) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let clients = clients.clone();
    warp::path!("api" / "products" / "stream")
        .and(warp::get())
        .and(raw_query())
        .and(warp::header::optional::<String>("last-event-id"))
        .map(move |raw: String, last: Option<String>| {
            open(&clients, &raw, last.as_deref()).unwrap_or_else(Response::from)
        })
}

/// A browser that reconnects says in a header where it was; one that opens the stream says it in the address.
fn open(clients: &Clients, raw: &str, last_event_id: Option<&str>) -> Result<Response, Problem> {
    let mut since = None;
    for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
        match &*name {
            "since" => {
                let number = value.parse::<i64>().ok();
                since = Some(number.ok_or_else(|| Problem::bad_request("since is a sequence, a whole number"))?);
            }
            other => return Err(Problem::bad_request(format!("{other} is not a parameter; there is only since"))),
        }
    }
    // An id that is not ours is a client that cannot be told what it missed: it gets a reset, not an error.
    let seen = match last_event_id {
        Some(id) => id.parse().ok(),
        None => since,
    };
    let stream = clients.stream(seen).map_err(|full| Problem::unavailable(full.to_string()))?;
    let reply = warp::reply::with_header(warp::reply::stream(stream), CONTENT_TYPE, "text/event-stream; charset=utf-8");
    let reply = warp::reply::with_header(reply, CACHE_CONTROL, "no-cache, no-transform");
    // Proxies that buffer would hold frames back.
    Ok(warp::reply::with_header(reply, "x-accel-buffering", "no").into_response())
}
