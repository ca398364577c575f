//! Insurers: `GET /insurers`, `POST /insurers/{insurer}/orders`. Orders are rows: any instance takes them, all obey.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use polis_actors::admin::note;
use polis_actors::config::Period;
use polis_actors::database::{Database, DatabaseError, Run};
use polis_actors::http::{Problem, answer};
use polis_schema::sql::insurers;
use serde::{Deserialize, Serialize};
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;
use warp::{Filter, Reply};

use polis_actors::http::parameters::{json, somebody};

/// An insurer as operators see it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Overview {
    /// Identifier.
    pub id: String,
    /// When it was last polled.
    pub last_poll_at: Option<Timestamp>,
    /// When that last gave a catalogue.
    pub last_good_poll_at: Option<Timestamp>,
    /// How the last poll went.
    pub last_outcome: Option<String>,
    /// Why it gave nothing.
    pub last_error: Option<String>,
    /// It rests until told otherwise.
    pub paused: bool,
    /// Seconds between polls that an operator wants.
    pub every_seconds: Option<f64>,
    /// Who gave the last order.
    pub ordered_by: Option<String>,
    /// Why an answer is held.
    pub held: Option<String>,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// Products on offer.
    pub products: i64,
    /// Which instance polls it.
    pub polled_by: Option<String>,
}

/// The order of `POST /insurers/{insurer}/orders`. What is absent stays.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Rest, or go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// Time between polls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Period>,
    /// Back to the schedule of the file.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_schedule: bool,
    /// Poll at once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub poll_now: bool,
    /// Let the answer that is held go.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub approve: bool,
    /// Who says so.
    pub by: String,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// Polls faster than this would be a mistake.
const SHORTEST: Duration = Duration::from_millis(100);

pub(super) fn routes(database: &Database) -> BoxedFilter<(Response,)> {
    let (listed, ordered) = (database.clone(), database.clone());
    let list = warp::path!("insurers").and(warp::get()).then(move || {
        let database = listed.clone();
        async move { answer(list(&database)).await }
    });
    let order = warp::path!("insurers" / String / "orders")
        .and(warp::post())
        .and(polis_actors::http::parameters::order())
        .then(move |insurer: String, body: Bytes| {
            let database = ordered.clone();
            async move { answer(order(&database, &insurer, &body)).await }
        });
    list.or(order).unify().boxed()
}

/// Of one insurer, or of all.
pub(super) async fn overviews(database: &Database, insurer: Option<&str>) -> Result<Vec<Overview>, Problem> {
    let rows = database.get().await?.all(&insurers::OVERVIEW, &[&insurer]).await?;
    let overview = |row: &tokio_postgres::Row| Overview {
        id: row.get(0),
        last_poll_at: row.get(1),
        last_good_poll_at: row.get(2),
        last_outcome: row.get(3),
        last_error: row.get(4),
        paused: row.get(5),
        every_seconds: row.get(6),
        ordered_by: row.get(7),
        held: row.get(8),
        approved_by: row.get(9),
        products: row.get(10),
        polled_by: row.get(11),
    };
    Ok(rows.iter().map(overview).collect())
}

async fn list(database: &Database) -> Result<Response, Problem> {
    Ok(warp::reply::json(&overviews(database, None).await?).into_response())
}

async fn order(database: &Database, insurer: &str, body: &[u8]) -> Result<Response, Problem> {
    let order: Order = json(body)?;
    let by = somebody(&order.by)?;
    if order.every.is_some() && order.by_schedule {
        return Err(Problem::bad_request("every and by_schedule exclude each other"));
    }
    if order.every.is_some_and(|every| every.0 < SHORTEST) {
        return Err(Problem::bad_request(format!("every is shorter than {SHORTEST:?}")));
    }
    let Some(known) = overviews(database, Some(insurer)).await?.pop() else {
        return Err(Problem::not_found(format!("insurer {insurer} was never polled; does it have a file?")));
    };
    if order.approve && known.held.is_none() {
        return Err(Problem::not_found(format!("nothing is held for insurer {insurer}")));
    }
    let mut client = database.get().await?;
    let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
    if order.approve {
        transaction.run(&insurers::APPROVE, &[&insurer, &by]).await?;
    }
    let set_every = order.every.is_some() || order.by_schedule;
    let seconds = order.every.map(|every| every.0.as_secs_f64());
    // What is approved should be done now, not with the next poll.
    let poll_now = order.poll_now || order.approve;
    transaction.run(&insurers::ORDER, &[&insurer, &order.paused, &set_every, &seconds, &poll_now, &by]).await?;
    note(&transaction, by, &order.describe(), insurer, &order.why).await?;
    transaction.commit().await.map_err(DatabaseError::Transaction)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

impl Order {
    /// What it wants, for people.
    fn describe(&self) -> String {
        let every = self.every.map(|every| format!("poll every {:?}", every.0));
        let wants = [
            self.paused.map(|paused| if paused { "pause" } else { "resume" }.to_owned()),
            every,
            self.by_schedule.then(|| "poll by schedule".to_owned()),
            self.poll_now.then(|| "poll now".to_owned()),
            self.approve.then(|| "approve".to_owned()),
        ];
        wants.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}
