//! Pages of other origins that may use the API (Fetch standard, section 3.2). What they send is in headers that a browser adds
//! to no request by itself, so there are no credentials to protect.

use polis_actors::http::{CorsLayer, REQUEST_ID};
use thiserror::Error;
use warp::http::Method;
use warp::http::header::{
    AUTHORIZATION, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, RETRY_AFTER,
};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const POLIS_SEQUENCE: HeaderName = HeaderName::from_static("polis-sequence");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// How long a browser remembers what it was told.
const REMEMBER: std::time::Duration = std::time::Duration::from_secs(3600);

/// An origin that cannot be one.
#[derive(Debug, Error)]
#[error("{0:?} is not an origin; write scheme, host and port, as in https://shop.example")]
pub struct NotAnOrigin(String);

/// What browsers are told of these origins; nothing when there are none.
///
/// # Errors
/// Names the origin that is none.
pub fn cors(origins: &[String]) -> Result<Option<CorsLayer>, NotAnOrigin> {
    if origins.is_empty() {
        return Ok(None);
    }
    let origins = origins.iter().map(|text| origin(text)).collect::<Result<Vec<_>, _>>()?;
    let layer = CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([AUTHORIZATION, CONTENT_TYPE, IDEMPOTENCY_KEY, IF_NONE_MATCH, LAST_EVENT_ID, REQUEST_ID])
        .expose_headers([CONTENT_DISPOSITION, ETAG, IDEMPOTENT_REPLAYED, POLIS_SEQUENCE, RETRY_AFTER, REQUEST_ID])
        .max_age(REMEMBER);
    Ok(Some(layer))
}

fn origin(text: &str) -> Result<HeaderValue, NotAnOrigin> {
    let is_one = url::Url::parse(text).is_ok_and(|url| url.origin().ascii_serialization() == text);
    let value = HeaderValue::from_str(text).ok().filter(|_| is_one);
    value.ok_or_else(|| NotAnOrigin(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::origin;

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        for good in ["https://shop.example", "http://127.0.0.1:3000"] {
            assert!(origin(good).is_ok(), "{good}");
        }
        for bad in ["*", "shop.example", "https://shop.example/", "https://shop.example/shop", "null", ""] {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }
}
