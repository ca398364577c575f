//! The outbox as people read it: `GET /events`, `GET /events/{seq}`, `POST /events/{seq}/resend`.

use jiff::Timestamp;
use polis_actors::admin::note;
use polis_actors::database::{Database, DatabaseError, Run};
use polis_actors::http::{Problem, answer};
use polis_proto::catalogue::v1::ProductEvent;
use polis_schema::sql::{insurers, product_events};
use prost::Message;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use uuid::Uuid;
use warp::filters::BoxedFilter;
use warp::reply::Response;
use warp::{Filter, Reply};

use polis_actors::http::parameters::{json, limit, order, parse, query, somebody};

/// Parameters of `GET /events`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Only of that insurer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insurer: Option<String>,
    /// Only of that product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// added, changed, withdrawn, restored, snapshot
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Only those that the broker has not acknowledged.
    #[serde(default)]
    pub unsent: bool,
    /// Only older ones than that: `seq` of the last one seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<i64>,
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// An event of the outbox.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Event {
    /// Place in the outbox.
    pub seq: i64,
    /// `ce_id`.
    pub id: Uuid,
    /// When it was written.
    pub created_at: Timestamp,
    /// When the broker had acknowledged it.
    pub sent: Option<Timestamp>,
    /// Insurer.
    pub insurer_id: String,
    /// Product.
    pub product_id: String,
    /// Its revision after the change.
    pub revision: i64,
    /// added, changed, withdrawn, restored, snapshot
    pub kind: String,
    /// Paths of what changed.
    pub changed_fields: Vec<String>,
    /// The trace it belongs to.
    pub trace_id: Option<String>,
    /// It is this one again.
    pub repeats: Option<i64>,
    /// Who wanted it, where it was not the insurer.
    pub ordered_by: Option<String>,
    /// Size of what is carried.
    pub bytes: i32,
}

/// An event, whole.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Whole {
    /// What the list says of it.
    #[serde(flatten)]
    pub event: Event,
    /// Where it goes.
    pub topic: String,
    /// Its ordering key.
    pub key: String,
    /// What changed, field by field.
    pub changes: Vec<Field>,
    /// What is carried, for people; or why it does not decode.
    pub carried: String,
}

/// A field before and after a change.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Field {
    /// Path, as in `tariffs[base].premium`.
    pub path: String,
    /// What it was; absent where it was not.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

/// The order of `POST /events/{seq}/resend`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Resend {
    /// Who says so.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub why: String,
}

/// Its answer.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Resent {
    /// Where the event stands now.
    pub seq: i64,
}

pub(super) fn routes(database: &Database) -> BoxedFilter<(Response,)> {
    let (listed, shown, resent) = (database.clone(), database.clone(), database.clone());
    let list = warp::path!("events").and(warp::get()).and(query()).then(move |query: String| {
        let database = listed.clone();
        async move { answer(list(&database, &query)).await }
    });
    let show = warp::path!("events" / i64).and(warp::get()).then(move |seq: i64| {
        let database = shown.clone();
        async move { answer(show(&database, seq)).await }
    });
    let resend = warp::path!("events" / i64 / "resend").and(warp::post()).and(order()).then(
        move |seq: i64, body: bytes::Bytes| {
            let database = resent.clone();
            async move { answer(resend(&database, seq, &body)).await }
        },
    );
    list.or(show).unify().or(resend).unify().boxed()
}

fn event(row: &Row) -> Event {
    let traceparent: Option<String> = row.get(9);
    Event {
        seq: row.get(0),
        id: row.get(1),
        created_at: row.get(2),
        sent: row.get(3),
        insurer_id: row.get(4),
        product_id: row.get(5),
        revision: row.get(6),
        kind: row.get(7),
        changed_fields: row.get(8),
        trace_id: traceparent.and_then(|parent| parent.split('-').nth(1).map(str::to_owned)),
        repeats: row.get(10),
        ordered_by: row.get(11),
        bytes: row.get(12),
    }
}

async fn list(database: &Database, query: &str) -> Result<Response, Problem> {
    let Wanted { insurer, product, kind, unsent, before, limit: wanted } = parse(query)?;
    let (before, limit) = (before.unwrap_or(i64::MAX), limit(wanted)?);
    let client = database.get().await?;
    let rows = client.all(&product_events::LIST, &[&insurer, &product, &kind, &unsent, &before, &limit]).await?;
    Ok(warp::reply::json(&rows.iter().map(event).collect::<Vec<_>>()).into_response())
}

fn gone(seq: i64) -> Problem {
    Problem::not_found(format!("there is no event {seq}; events are kept for a month"))
}

async fn show(database: &Database, seq: i64) -> Result<Response, Problem> {
    let row = database.get().await?.first(&product_events::GET, &[&seq]).await?.ok_or_else(|| gone(seq))?;
    let (changes, carried) = match ProductEvent::decode(row.get::<_, &[u8]>(15)) {
        Err(error) => (Vec::new(), error.to_string()),
        Ok(event) => {
            let field = |change: &polis_proto::catalogue::v1::FieldChange| Field {
                path: change.path.clone(),
                before: change.before.clone(),
                after: change.after.clone(),
            };
            (event.changes.iter().map(field).collect(), format!("{event:#?}"))
        }
    };
    let whole = Whole { event: event(&row), topic: row.get(13), key: row.get(14), changes, carried };
    Ok(warp::reply::json(&whole).into_response())
}

async fn resend(database: &Database, seq: i64, body: &[u8]) -> Result<Response, Problem> {
    let Resend { by, why } = json(body)?;
    let by = somebody(&by)?;
    let mut client = database.get().await?;
    let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
    let event = transaction.first(&product_events::GET, &[&seq]).await?.ok_or_else(|| gone(seq))?;
    // No change of the product may come between the look at its revision and the end of the outbox.
    transaction.run(&insurers::LOCK, &[&event.get::<_, &str>(4)]).await?;
    let row = transaction.first(&product_events::RESEND, &[&seq, &by]).await?.ok_or_else(|| {
        Problem::conflict("the product has changed since; resend its last event, or republish its insurer")
    })?;
    note(&transaction, by, "resend", &format!("event {seq}"), &why).await?;
    transaction.commit().await.map_err(DatabaseError::Transaction)?;
    Ok(warp::reply::json(&Resent { seq: row.get(0) }).into_response())
}
