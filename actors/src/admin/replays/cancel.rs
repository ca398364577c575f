//! Ending an order before it is done.

use polis_schema::sql::{dead_letters, offsets, replays};
use serde::{Deserialize, Serialize};
use warp::Reply;
use warp::reply::Response;

use super::shown;
use crate::admin::note;
use crate::database::{Database, DatabaseError, Run};
use crate::http::Problem;
use crate::http::parameters::{json, somebody};

/// The order of `POST /replays/{id}/cancel`. What was applied stays applied; dead letters that were not reached are parked again.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// Who says so.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub why: String,
}

pub(super) async fn cancel(database: &Database, id: i64, bytes: &[u8]) -> Result<Response, Problem> {
    let Cancel { by, why } = json(bytes)?;
    let by = somebody(&by)?;
    let replay = shown(database, id).await?;
    let mut client = database.get().await?;
    let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
    transaction.run(&offsets::DECIDE, &[&replay.consumer]).await?;
    if transaction.first(&replays::CANCEL, &[&id, &by]).await?.is_none() {
        return Err(Problem::conflict(format!("replay {id} has ended already")));
    }
    transaction.run(&dead_letters::RECALL, &[&id]).await?;
    note(&transaction, by, "cancel replay", &format!("replay {id}"), &why).await?;
    transaction.commit().await.map_err(DatabaseError::Transaction)?;
    drop(client);
    Ok(warp::reply::json(&shown(database, id).await?).into_response())
}
