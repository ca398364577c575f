//! What core-app does, held against what it says of its API: every answer that a test sees, and in the end that no operation
//! went without one.

use std::collections::BTreeSet;
use std::sync::Mutex;

use reqwest::{Method, Response};
use serde_json::Value;

use super::openapi::{Exchange, OPENAPI};
use super::polis::Polis;
use super::sse::{Event, Events};

/// Operations that have succeeded.
pub type Seen = Mutex<BTreeSet<&'static str>>;

fn hold(polis: &Polis, exchange: &Exchange<'_>) {
    let Exchange { method, path, status, .. } = exchange;
    let operation = OPENAPI.check(exchange).unwrap_or_else(|wrong| panic!("{method} {path}: {status}: {wrong}"));
    if (200..300).contains(status) {
        polis.seen.lock().unwrap().extend(operation);
    }
}

/// Reads an answer to its end and checks it: its JSON, nothing when it has none.
///
/// # Errors
/// When it breaks off: nobody can say what it would have been.
pub async fn answered(
    polis: &Polis, method: &Method, path: &str, asked: Option<&Value>, answer: Response,
) -> reqwest::Result<Value> {
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body = answer.bytes().await?;
    hold(polis, &Exchange { method, path, asked, status, headers: &headers, body: Some(&body) });
    Ok(serde_json::from_slice(&body).unwrap_or_default())
}

/// Opens a stream and checks it up to the first event of that name.
pub async fn watched(polis: &Polis, path: &str, token: &str, wanted: &str) {
    let answer = polis.http.get(polis.core(path)).bearer_auth(token).send().await.unwrap();
    let (method, status, headers) = (&Method::GET, answer.status().as_u16(), answer.headers().clone());
    hold(polis, &Exchange { method, path, asked: None, status, headers: &headers, body: None });
    assert_eq!(status, 200, "{path}");
    let mut events = Events::of(answer);
    loop {
        let Event { name, data, .. } = events.next().await.unwrap_or_else(|| panic!("{path} ended before {wanted}"));
        OPENAPI.check_event(path, &name, &data).unwrap_or_else(|wrong| panic!("{path}: {name}: {wrong}\n{data}"));
        if name == wanted {
            return;
        }
    }
}

/// Whether every operation has succeeded at least once before this test.
pub fn everything_was_seen(polis: &Polis) {
    let seen = polis.seen.lock().unwrap();
    let missed: Vec<&str> = OPENAPI.operations().filter(|operation| !seen.contains(operation)).collect();
    assert!(missed.is_empty(), "described, and succeeded in no request: {missed:?}");
}
