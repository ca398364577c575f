//! Parameters and bodies of requests: unknown ones are errors that name what is allowed.

use serde::de::DeserializeOwned;
use warp::{Filter, Rejection};

use super::Problem;

/// Longest body of an order.
const MOST_BODY: u64 = 16 << 10;
/// Most rows of one answer.
const MOST: i64 = 1000;
const USUAL: i64 = 50;

/// The query of a request; empty when there is none.
pub fn query() -> impl Filter<Extract = (String,), Error = std::convert::Infallible> + Clone {
    warp::query::raw().or(warp::any().map(String::new)).unify()
}

/// The body of an order.
pub fn order() -> impl Filter<Extract = (bytes::Bytes,), Error = Rejection> + Clone {
    warp::body::content_length_limit(MOST_BODY).and(warp::body::bytes())
}

/// The parameters of a query.
///
/// # Errors
/// Names the one that is wrong.
pub fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    serde_urlencoded::from_str(query).map_err(|error| Problem::bad_request(error.to_string()))
}

/// The JSON of a body.
///
/// # Errors
/// Names the member that is wrong, by its path.
pub fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let parsed = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let (path, cause) = (error.path().to_string(), error.inner());
        Problem::bad_request(if path == "." { cause.to_string() } else { format!("{path}: {cause}") })
    })?;
    json.end().map_err(|error| Problem::bad_request(error.to_string()))?;
    Ok(parsed)
}

/// How many rows are wanted.
///
/// # Errors
/// When it is more than one answer holds.
pub fn limit(wanted: Option<i64>) -> Result<i64, Problem> {
    match wanted {
        None => Ok(USUAL),
        Some(wanted) if (1..=MOST).contains(&wanted) => Ok(wanted),
        Some(_) => Err(Problem::bad_request(format!("limit is 1 to {MOST}"))),
    }
}

/// Who gives an order; somebody must.
///
/// # Errors
/// When nobody does.
pub fn somebody(by: &str) -> Result<&str, Problem> {
    let by = by.trim();
    if by.is_empty() { Err(Problem::bad_request("by is empty: who gives this order?")) } else { Ok(by) }
}
