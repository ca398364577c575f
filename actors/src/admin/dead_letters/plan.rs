//! What a replay would do: `POST /dead-letters/plan`. Writes nothing.

use polis_schema::sql::dead_letters;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use warp::Reply;
use warp::reply::Response;

use super::Selection;
use crate::database::{Database, DatabaseError, Run};
use crate::http::Problem;
use crate::http::parameters::json;

/// Most keys that are named.
const MOST_KEYS: i64 = 200;

/// What is asked for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Of which records.
    pub selection: Selection,
    /// Whether those that failed often would be tried again as well.
    #[serde(default)]
    pub force: bool,
}

/// What a replay would do.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Plan {
    /// Records that were chosen and would be applied,
    pub chosen: i64,
    /// and those that wait behind them and would follow.
    pub behind: i64,
    /// Records that another order has already.
    pub replaying: i64,
    /// Records that were chosen and have failed too often.
    pub refused: i64,
    /// Records that were chosen and wait behind others that were not, or are refused.
    pub held: i64,
    /// Records of the same keys that would stay as they are.
    pub untouched: i64,
    /// Of how many keys.
    pub of_keys: i64,
    /// What those that would be applied have failed of.
    pub causes: Vec<Cause>,
    /// The first keys, in the order of their first records.
    pub keys: Vec<Key>,
}

/// How many have failed of something.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// decode, rejected, panicked, waiting, behind
    pub cause: String,
    /// How many.
    pub count: i64,
}

/// What a replay would do with a key; the counts are those of [`Plan`].
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Key {
    /// Whose.
    pub consumer: String,
    /// In which topic.
    pub topic: String,
    /// In which partition.
    pub partition: i32,
    /// The key.
    pub key: String,
    /// Offset of the first record of it that is not decided on.
    pub first_offset: i64,
    /// And of the last.
    pub last_offset: i64,
    /// Would be applied.
    pub chosen: i64,
    /// Would follow.
    pub behind: i64,
    /// Another order has them.
    pub replaying: i64,
    /// Have failed too often.
    pub refused: i64,
    /// Wait behind others.
    pub held: i64,
    /// Would stay as they are.
    pub untouched: i64,
}

pub(super) async fn plan(database: &Database, most_failed: i32, bytes: &[u8]) -> Result<Response, Problem> {
    let Ask { selection, force } = json(bytes)?;
    selection.check()?;
    let plan = of(&database.get().await?, &selection, (!force).then_some(most_failed)).await?;
    Ok(warp::reply::json(&plan).into_response())
}

/// What a replay would do. A record has been tried once when it is parked, so the number of attempts that it may have is that of
/// replays that may fail.
pub(super) async fn of(
    client: &impl Run, selection: &Selection, most_failed: Option<i32>,
) -> Result<Plan, DatabaseError> {
    let [ids, consumer, topic, key, group] = selection.parameters();
    let most = &most_failed;
    let rows = client.all(&dead_letters::PLAN, &[ids, consumer, topic, key, group, most, &MOST_KEYS]).await?;
    let Some(first) = rows.first() else { return Ok(Plan::default()) };
    let causes = client.all(&dead_letters::PLAN_CAUSES, &[ids, consumer, topic, key, group, most]).await?;
    Ok(Plan {
        chosen: first.get(12),
        behind: first.get(13),
        replaying: first.get(14),
        refused: first.get(15),
        held: first.get(16),
        untouched: first.get(17),
        of_keys: first.get(18),
        causes: causes.iter().map(|row| Cause { cause: row.get(0), count: row.get(1) }).collect(),
        keys: rows.iter().map(self::key).collect(),
    })
}

fn key(row: &Row) -> Key {
    Key {
        consumer: row.get(0),
        topic: row.get(1),
        partition: row.get(2),
        key: row.get(3),
        first_offset: row.get(4),
        last_offset: row.get(5),
        chosen: row.get(6),
        behind: row.get(7),
        replaying: row.get(8),
        refused: row.get(9),
        held: row.get(10),
        untouched: row.get(11),
    }
}
