//! Records that were set aside: `GET /dead-letters`, `GET /dead-letters/{id}`.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use polis_schema::sql::dead_letters;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use tokio_postgres::types::Json;
use uuid::Uuid;
use warp::Reply;
use warp::reply::Response;

use crate::database::{Database, Run};
use crate::http::Problem;
use crate::http::parameters::{limit, parse};

/// Longest value that is shown as text.
const LONGEST_TEXT: usize = 4 << 10;
const STATES: [&str; 5] = ["waiting", "parked", "replaying", "replayed", "discarded"];

/// Which records are wanted.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Only of that consumer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumer: Option<String>,
    /// Only of that topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Only of that key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// decode, rejected, panicked, waiting, behind
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// waiting, parked, replaying, replayed, discarded
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Only those behind that number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<i64>,
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// A record that was set aside.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Letter {
    /// Its number.
    pub id: i64,
    /// Who could not apply it.
    pub consumer: String,
    /// Where it is.
    pub topic: String,
    /// In which partition.
    pub partition: i32,
    /// At which offset.
    pub offset: i64,
    /// Its key: later records of it wait.
    pub key: String,
    /// decode, rejected, panicked, waiting, behind
    pub cause: String,
    /// Why.
    pub reason: String,
    /// waiting, parked, replaying, replayed, discarded
    pub state: String,
    /// How often it was tried because it came or because somebody ordered it.
    pub attempts: i32,
    /// How often it was tried by itself.
    pub tries: i32,
    /// When it is tried by itself again.
    pub due_at: Option<Timestamp>,
    /// When it was set aside.
    pub parked_at: Timestamp,
    /// When it was replayed or discarded.
    pub decided_at: Option<Timestamp>,
    /// By whose order.
    pub decided_by: Option<String>,
    /// What it has in common with those that fail alike.
    pub group: String,
}

/// A record with everything that is kept of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Whole {
    /// The record.
    #[serde(flatten)]
    pub letter: Letter,
    /// Its CloudEvents id, as far as it has one.
    pub event_id: Option<Uuid>,
    /// When it was produced.
    pub record_time: Timestamp,
    /// Its headers.
    pub headers: BTreeMap<String, String>,
    /// Its value in base64.
    pub value: Option<String>,
    /// How long the value is.
    pub bytes: Option<usize>,
    /// The value, when it is short and a text.
    pub text: Option<String>,
    /// Why it was decided so.
    pub why: String,
    /// The last order that was about it.
    pub replay: Option<i64>,
    /// Until when it is tried by itself.
    pub waits_until: Option<Timestamp>,
    /// What was said each time that it was tried.
    pub history: Vec<Said>,
}

/// Why a record could not be applied, at some time.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Said {
    /// When.
    pub at: Timestamp,
    /// decode, rejected, panicked, waiting
    pub cause: String,
    /// Why.
    pub reason: String,
    /// By which order it was tried; absent when it came, or was tried by itself.
    pub replay: Option<i64>,
}

pub(super) async fn list(database: &Database, query: &str) -> Result<Response, Problem> {
    let Wanted { consumer, topic, key, cause, state, after, limit: most } = parse(query)?;
    if let Some(state) = state.as_deref().filter(|state| !STATES.contains(state)) {
        return Err(Problem::bad_request(format!("state is one of {}, not {state:?}", STATES.join(", "))));
    }
    let (after, most) = (after.unwrap_or_default(), limit(most)?);
    let client = database.get().await?;
    let rows = client.all(&dead_letters::LIST, &[&consumer, &topic, &key, &cause, &state, &after, &most]).await?;
    Ok(warp::reply::json(&rows.iter().map(letter).collect::<Vec<_>>()).into_response())
}

pub(super) async fn show(database: &Database, id: i64) -> Result<Response, Problem> {
    let client = database.get().await?;
    let row = client.first(&dead_letters::SHOW, &[&id]).await?;
    let row = row.ok_or_else(|| Problem::not_found(format!("there is no dead letter {id}")))?;
    let said = client.all(&dead_letters::HISTORY, &[&id]).await?;
    let Json(headers) = row.get(18);
    let value: Option<Vec<u8>> = row.get(19);
    let whole = Whole {
        letter: letter(&row),
        event_id: row.get(16),
        record_time: row.get(17),
        headers,
        bytes: value.as_ref().map(Vec::len),
        text: value.as_deref().and_then(text),
        value: value.map(|value| BASE64_STANDARD.encode(value)),
        why: row.get(20),
        replay: row.get(21),
        waits_until: row.get(22),
        history: said
            .iter()
            .map(|row| Said { at: row.get(0), cause: row.get(1), reason: row.get(2), replay: row.get(3) })
            .collect(),
    };
    Ok(warp::reply::json(&whole).into_response())
}

fn letter(row: &Row) -> Letter {
    Letter {
        id: row.get(0),
        consumer: row.get(1),
        topic: row.get(2),
        partition: row.get(3),
        offset: row.get(4),
        key: row.get(5),
        cause: row.get(6),
        reason: row.get(7),
        state: row.get(8),
        attempts: row.get(9),
        tries: row.get(10),
        due_at: row.get(11),
        parked_at: row.get(12),
        decided_at: row.get(13),
        decided_by: row.get(14),
        group: row.get(15),
    }
}

/// What a person can read.
fn text(value: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(value).ok().filter(|text| text.len() <= LONGEST_TEXT)?;
    let readable = |c: char| !c.is_control() || c.is_ascii_whitespace();
    text.chars().all(readable).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_short_texts_are_shown_as_texts() {
        assert_eq!(text("премия\n3650".as_bytes()).as_deref(), Some("премия\n3650"));
        assert_eq!(text(&[0xff, 0xfe]), None);
        assert_eq!(text(b"\x0a\x03abc"), None, "protobuf that happens to be UTF-8");
        assert_eq!(text(&vec![b'x'; LONGEST_TEXT + 1]), None);
    }
}
