//! Orders about records that were set aside: `POST /dead-letters/replay`, `POST /dead-letters/discard`.

use polis_schema::sql::{dead_letters, offsets, replays};
use serde::{Deserialize, Serialize};
use tokio_postgres::types::Json;
use warp::Reply;
use warp::http::StatusCode;
use warp::reply::Response;

use super::{Selection, plan};
use crate::admin::note;
use crate::admin::rate::{per_second, usual};
use crate::admin::replays::shown;
use crate::database::{Database, DatabaseError, Run};
use crate::http::Problem;
use crate::http::parameters::{json, somebody};

/// The order to apply records now.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// Which; those that wait behind them follow.
    pub selection: Selection,
    /// Most records a second, all partitions together.
    #[serde(default = "usual")]
    pub per_second: i32,
    /// Whether those that failed often are tried again as well.
    #[serde(default)]
    pub force: bool,
    /// Who says so.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub why: String,
}

/// The order never to apply records.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Discard {
    /// Which.
    pub selection: Selection,
    /// Who says so.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub why: String,
}

/// What was discarded.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Discarded {
    /// How many.
    pub discarded: i64,
    /// How many of the same keys are left that are not decided on.
    pub left: i64,
}

pub(super) async fn replay(database: &Database, most_failed: i32, bytes: &[u8]) -> Result<Response, Problem> {
    let Replay { selection, per_second: rate, force, by, why } = json(bytes)?;
    selection.check()?;
    let (rate, by) = (per_second(rate)?, somebody(&by)?);
    let most = (!force).then_some(most_failed);
    let mut client = database.get().await?;
    let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
    let (consumers, topics) = owners(&transaction, &selection).await?;
    let [consumer] = consumers.as_slice() else {
        let names = consumers.join(", ");
        return Err(Problem::conflict(format!("selection: records of {names}; give one order for each of them")));
    };
    let topic = if let [topic] = topics.as_slice() { Some(topic) } else { None };
    transaction.run(&offsets::DECIDE, &[consumer]).await?;
    let none = (None::<i64>, None::<jiff::Timestamp>);
    let what = Json(&selection);
    let row = transaction
        .first(
            &replays::ORDER,
            &[&"letters", consumer, &topic, &what, &none.0, &none.1, &none.0, &none.1, &rate, &force, &by, &why],
        )
        .await?;
    let id: i64 = row.map(|row| row.get(0)).unwrap_or_default();
    let [ids, whose, of, key, group] = selection.parameters();
    if transaction.run(&dead_letters::REPLAY, &[ids, whose, of, key, group, &most, &id]).await? == 0 {
        let plan::Plan { replaying, refused, held, .. } = plan::of(&transaction, &selection, most).await?;
        let detail = format!(
            "nothing can be replayed: {refused} records have failed {most_failed} replays or more (force tries them again), {held} wait \
             behind records that are not in the selection, {replaying} are being replayed"
        );
        return Err(Problem::conflict(detail));
    }
    note(&transaction, by, &format!("replay {id} of dead letters"), &selection.to_string(), &why).await?;
    transaction.commit().await.map_err(DatabaseError::Transaction)?;
    drop(client);
    let replay = shown(database, id).await?;
    Ok(warp::reply::with_status(warp::reply::json(&replay), StatusCode::ACCEPTED).into_response())
}

pub(super) async fn discard(database: &Database, bytes: &[u8]) -> Result<Response, Problem> {
    let Discard { selection, by, why } = json(bytes)?;
    selection.check()?;
    let by = somebody(&by)?;
    let mut client = database.get().await?;
    let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
    for consumer in owners(&transaction, &selection).await?.0 {
        transaction.run(&offsets::DECIDE, &[&consumer]).await?;
    }
    let [ids, consumer, topic, key, group] = selection.parameters();
    let row = transaction.first(&dead_letters::DISCARD, &[ids, consumer, topic, key, group, &by, &why]).await?;
    let (discarded, left) = row.map(|row| (row.get(0), row.get(1))).unwrap_or_default();
    note(&transaction, by, &format!("discard {discarded} dead letters"), &selection.to_string(), &why).await?;
    transaction.all(&replays::TELL, &[]).await?;
    transaction.commit().await.map_err(DatabaseError::Transaction)?;
    Ok(warp::reply::json(&Discarded { discarded, left }).into_response())
}

/// Consumers and topics of chosen records; there must be some.
async fn owners(client: &impl Run, selection: &Selection) -> Result<(Vec<String>, Vec<String>), Problem> {
    let rows = client.all(&dead_letters::OWNERS, &selection.parameters()).await?;
    let mut consumers: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let mut topics: Vec<String> = rows.iter().map(|row| row.get(1)).collect();
    consumers.dedup();
    topics.sort_unstable();
    topics.dedup();
    if consumers.is_empty() {
        return Err(Problem::not_found(format!("there are no {selection} that are not decided on")));
    }
    Ok((consumers, topics))
}
