//! Timers of the sale: `GET /timers`, `POST /timers/{id}`.

use jiff::Timestamp;
use polis_actors::admin::note;
use polis_actors::database::{Database, DatabaseError, Run};
use polis_actors::http::parameters::{json, limit, order, parse, query, somebody};
use polis_actors::http::{Problem, answer};
use polis_schema::sql::timers;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;
use warp::{Filter, Reply};

/// A timer.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Timer {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub application_id: Uuid,
    /// quote, reservation, payment: deadlines; call, poll: the provider is to be asked.
    pub kind: String,
    /// Which attempt, or which request.
    pub reference: String,
    /// When.
    pub due_at: Timestamp,
    /// How often it was tried.
    pub tries: i32,
    /// Why it was not done.
    pub last_error: Option<String>,
}

/// Parameters of `GET /timers`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Only of that application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<Uuid>,
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// The order of `POST /timers/{id}`: another time, or none.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// When; it is cancelled when absent.
    pub due_at: Option<Timestamp>,
    /// Who says so.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub why: String,
}

pub(super) fn routes(database: &Database) -> BoxedFilter<(Response,)> {
    let (listed, changed) = (database.clone(), database.clone());
    let list = warp::path!("timers").and(warp::get()).and(query()).then(move |query: String| {
        let database = listed.clone();
        async move { answer(list(&database, &query)).await }
    });
    let change = warp::path!("timers" / i64).and(warp::post()).and(order()).then(move |id: i64, body: bytes::Bytes| {
        let database = changed.clone();
        async move { answer(change(&database, id, &body)).await }
    });
    list.or(change).unify().boxed()
}

async fn list(database: &Database, query: &str) -> Result<Response, Problem> {
    let Wanted { application, limit: wanted } = parse(query)?;
    let rows = database.get().await?.all(&timers::LIST, &[&application, &limit(wanted)?]).await?;
    let timer = |row: &tokio_postgres::Row| Timer {
        id: row.get(0),
        application_id: row.get(1),
        kind: row.get(2),
        reference: row.get(3),
        due_at: row.get(4),
        tries: row.get(5),
        last_error: row.get(6),
    };
    Ok(warp::reply::json(&rows.iter().map(timer).collect::<Vec<_>>()).into_response())
}

async fn change(database: &Database, id: i64, body: &[u8]) -> Result<Response, Problem> {
    let Change { due_at, by, why } = json(body)?;
    let by = somebody(&by)?;
    let mut client = database.get().await?;
    let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
    let (found, action) = match due_at {
        Some(due_at) => (transaction.run(&timers::MOVE, &[&id, &due_at]).await?, format!("move timer to {due_at}")),
        None => (transaction.run(&timers::DONE, &[&id]).await?, "cancel timer".to_owned()),
    };
    if found == 0 {
        return Err(Problem::not_found(format!("there is no timer {id}; it may have been done")));
    }
    note(&transaction, by, &action, &format!("timer {id}"), &why).await?;
    transaction.commit().await.map_err(DatabaseError::Transaction)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
