//! Current states for a new consumer: `POST /republications` orders that they be told again, `GET` shows how far it is.

use jiff::Timestamp;
use polis_actors::admin::note;
use polis_actors::database::{Database, DatabaseError, Run};
use polis_actors::http::{Problem, answer};
use polis_schema::sql::{insurers, republications};
use serde::{Deserialize, Serialize};
use warp::filters::BoxedFilter;
use warp::reply::Response;
use warp::{Filter, Reply};

use polis_actors::http::parameters::{json, order, somebody};

/// The order of `POST /republications`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Republish {
    /// Only of that insurer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insurer: Option<String>,
    /// Most events a second.
    #[serde(default = "usual")]
    pub per_second: i32,
    /// Who says so.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub why: String,
}

fn usual() -> i32 {
    500
}

const MOST: i32 = 20_000;

/// An order and how far it is.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Republication {
    /// Number of the order.
    pub id: i64,
    /// Only of that insurer.
    pub insurer: Option<String>,
    /// Most events a second.
    pub per_second: i32,
    /// Who wanted it.
    pub ordered_by: String,
    /// When.
    pub ordered_at: Timestamp,
    /// Products told so far.
    pub told: i64,
    /// When all were.
    pub finished_at: Option<Timestamp>,
}

pub(super) fn routes(database: &Database) -> BoxedFilter<(Response,)> {
    let (listed, ordered) = (database.clone(), database.clone());
    let list = warp::path!("republications").and(warp::get()).then(move || {
        let database = listed.clone();
        async move { answer(list(&database)).await }
    });
    let order = warp::path!("republications").and(warp::post()).and(order()).then(move |body: bytes::Bytes| {
        let database = ordered.clone();
        async move { answer(start(&database, &body)).await }
    });
    list.or(order).unify().boxed()
}

async fn all(database: &Database) -> Result<Vec<Republication>, Problem> {
    let rows = database.get().await?.all(&republications::LIST, &[]).await?;
    let of = |row: &tokio_postgres::Row| Republication {
        id: row.get(0),
        insurer: row.get(1),
        per_second: row.get(2),
        ordered_by: row.get(3),
        ordered_at: row.get(4),
        told: row.get(5),
        finished_at: row.get(6),
    };
    Ok(rows.iter().map(of).collect())
}

async fn list(database: &Database) -> Result<Response, Problem> {
    Ok(warp::reply::json(&all(database).await?).into_response())
}

async fn start(database: &Database, body: &[u8]) -> Result<Response, Problem> {
    let Republish { insurer, per_second, by, why } = json(body)?;
    let by = somebody(&by)?;
    if !(1..=MOST).contains(&per_second) {
        return Err(Problem::bad_request(format!("per_second is 1 to {MOST}")));
    }
    let mut client = database.get().await?;
    if let Some(insurer) = &insurer
        && client.first(&insurers::KNOWN, &[insurer]).await?.is_none()
    {
        return Err(Problem::not_found(format!("insurer {insurer} was never polled")));
    }
    let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
    transaction.first(&republications::ORDER, &[&insurer, &per_second, &by]).await?;
    note(&transaction, by, "republish", insurer.as_deref().unwrap_or("all insurers"), &why).await?;
    transaction.commit().await.map_err(DatabaseError::Transaction)?;
    let newest = all(database).await?.into_iter().next();
    Ok(warp::reply::json(&newest).into_response())
}
