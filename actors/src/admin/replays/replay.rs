//! An order and how far it is.

use jiff::Timestamp;
use polis_schema::sql::replays;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::Json;
use warp::Reply;
use warp::reply::Response;

use crate::database::{Database, Run};
use crate::http::Problem;
use crate::http::parameters::{limit, parse};

/// Which orders are wanted.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Only older ones than that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<i64>,
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// An order and how far it is.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Replay {
    /// Its number.
    pub id: i64,
    /// letters, range
    pub kind: String,
    /// Who applies it.
    pub consumer: String,
    /// Of which topic; absent when dead letters of several are concerned.
    pub topic: Option<String>,
    /// What was ordered.
    pub what: Value,
    /// Most records a second.
    pub per_second: i32,
    /// Whether what has failed often is tried again; of a range, whether what has had its effects has them again.
    pub force: bool,
    /// When it was ordered.
    pub ordered_at: Timestamp,
    /// By whom.
    pub by: String,
    /// Why.
    pub why: String,
    /// running, done, cancelled
    pub state: String,
    /// How much there is: records, or offsets of a range as far as its partitions were looked at.
    pub total: i64,
    /// How much of it is done, however it ended.
    pub done: i64,
    /// Records that were applied.
    pub applied: i64,
    /// Records that failed.
    pub failed: i64,
    /// Records that were left out: they have had their effects, or an earlier one of their key failed or is set aside.
    pub left_out: i64,
    /// One of the failures.
    pub first_failure: Option<String>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Who cancelled it.
    pub cancelled_by: Option<String>,
}

/// An order, partition by partition.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Whole {
    /// The order.
    #[serde(flatten)]
    pub replay: Replay,
    /// Its partitions.
    pub partitions: Vec<Part>,
}

/// How far an order is in a partition.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Part {
    /// Of which topic.
    pub topic: String,
    /// Which.
    pub partition: i32,
    /// Of a range: its first offset, once the owner of the partition has looked,
    pub from: Option<i64>,
    /// the one behind its last,
    pub to: Option<i64>,
    /// and where it goes on.
    pub next: Option<i64>,
    /// Records that were applied.
    pub applied: i64,
    /// Records that failed.
    pub failed: i64,
    /// Records that were left out.
    pub left_out: i64,
    /// The first failure.
    pub first_failure: Option<String>,
    /// When it ended here.
    pub finished_at: Option<Timestamp>,
}

pub(super) async fn list(database: &Database, query: &str) -> Result<Response, Problem> {
    let Wanted { before, limit: most } = parse(query)?;
    let rows = database.get().await?.all(&replays::LIST, &[&before, &limit(most)?]).await?;
    Ok(warp::reply::json(&rows.iter().map(replay).collect::<Vec<_>>()).into_response())
}

pub(super) async fn show(database: &Database, id: i64) -> Result<Response, Problem> {
    let replay = shown(database, id).await?;
    let rows = database.get().await?.all(&replays::PARTITIONS, &[&id]).await?;
    let part = |row: &Row| Part {
        topic: row.get(0),
        partition: row.get(1),
        from: row.get(2),
        to: row.get(3),
        next: row.get(4),
        applied: row.get(5),
        failed: row.get(6),
        left_out: row.get(7),
        first_failure: row.get(8),
        finished_at: row.get(9),
    };
    let whole = Whole { replay, partitions: rows.iter().map(part).collect() };
    Ok(warp::reply::json(&whole).into_response())
}

/// An order as it is now.
///
/// # Errors
/// When there is none of that number, or the database is away.
pub(in crate::admin) async fn shown(database: &Database, id: i64) -> Result<Replay, Problem> {
    let row = database.get().await?.first(&replays::SHOW, &[&id]).await?;
    row.as_ref().map(replay).ok_or_else(|| Problem::not_found(format!("there is no replay {id}")))
}

fn replay(row: &Row) -> Replay {
    let Json(what) = row.get(4);
    Replay {
        id: row.get(0),
        kind: row.get(1),
        consumer: row.get(2),
        topic: row.get(3),
        what,
        per_second: row.get(5),
        force: row.get(6),
        ordered_at: row.get(7),
        by: row.get(8),
        why: row.get(9),
        state: row.get(10),
        total: row.get(11),
        done: row.get(12),
        applied: row.get(13),
        failed: row.get(14),
        left_out: row.get(15),
        first_failure: row.get(16),
        finished_at: row.get(17),
        cancelled_by: row.get(18),
    }
}
