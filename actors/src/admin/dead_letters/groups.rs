//! What records that are not decided on have in common: `GET /dead-letters/groups`.

use jiff::Timestamp;
use polis_schema::sql::dead_letters;
use serde::{Deserialize, Serialize};
use warp::Reply;
use warp::reply::Response;

use crate::database::{Database, Run};
use crate::http::Problem;
use crate::http::parameters::parse;

/// Whose groups are wanted.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    consumer: Option<String>,
    topic: Option<String>,
}

/// Records that fail alike.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Group {
    /// Its name, for orders.
    pub group: String,
    /// Who could not apply them.
    pub consumer: String,
    /// Where they are.
    pub topic: String,
    /// decode, rejected, panicked, waiting, behind
    pub cause: String,
    /// The reason of the example; those of the others differ in numbers and names at most.
    pub reason: String,
    /// How many.
    pub count: i64,
    /// Of how many keys.
    pub keys: i64,
    /// When the first was set aside.
    pub first: Timestamp,
    /// And the last.
    pub last: Timestamp,
    /// One of them.
    pub example: i64,
    /// How many of them are tried again by themselves.
    pub waiting: i64,
}

pub(super) async fn list(database: &Database, query: &str) -> Result<Response, Problem> {
    let Wanted { consumer, topic } = parse(query)?;
    let rows = database.get().await?.all(&dead_letters::GROUPS, &[&consumer, &topic]).await?;
    let group = |row: &tokio_postgres::Row| Group {
        group: row.get(0),
        consumer: row.get(1),
        topic: row.get(2),
        cause: row.get(3),
        reason: row.get(4),
        count: row.get(5),
        keys: row.get(6),
        first: row.get(7),
        last: row.get(8),
        example: row.get(9),
        waiting: row.get(10),
    };
    Ok(warp::reply::json(&rows.iter().map(group).collect::<Vec<_>>()).into_response())
}
