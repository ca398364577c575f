//! Answers to requests that ask whether anything has changed (RFC 9110, section 13).

use std::time::SystemTime;

use jiff::Timestamp;
use jiff::fmt::rfc2822::{self, DateTimePrinter};
use sha2::{Digest, Sha256};
use warp::Reply;
use warp::http::header::{ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use crate::serve::whole;

/// With an entity tag, and a date that says as little as one from a build does.
pub(crate) fn tagged(bytes: Vec<u8>, content: &'static str, headers: &HeaderMap) -> Response {
    let digest = Sha256::digest(&bytes);
    let etag: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let etag = format!("\"{etag}\"");
    let same = headers.get(IF_NONE_MATCH).is_some_and(|tag| tag.as_bytes() == etag.as_bytes());
    let response = if same { StatusCode::NOT_MODIFIED.into_response() } else { whole(bytes, content) };
    let response = warp::reply::with_header(response, ETAG, etag);
    warp::reply::with_header(response, LAST_MODIFIED, "Thu, 01 Jan 2026 00:00:00 GMT").into_response()
}

/// With the second in which it was written, and no entity tag.
pub(crate) fn dated(bytes: Vec<u8>, content: &'static str, headers: &HeaderMap, written: SystemTime) -> Response {
    let written = Timestamp::try_from(written).unwrap_or_default();
    let since = headers.get(IF_MODIFIED_SINCE).and_then(|date| rfc2822::parse(date.to_str().ok()?).ok());
    let same = since.is_some_and(|since| since.timestamp().as_second() >= written.as_second());
    let response = if same { StatusCode::NOT_MODIFIED.into_response() } else { whole(bytes, content) };
    let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&written).unwrap_or_default();
    warp::reply::with_header(response, LAST_MODIFIED, date).into_response()
}
