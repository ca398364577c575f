//! The audit for operators: `GET /applications/{id}/audit`, `POST /applications/{id}/erase`, `POST /audit/verify`.

use polis_actors::admin::note;
use polis_actors::database::{DatabaseError, Run};
use polis_actors::http::parameters::{json, order, query, somebody};
use polis_actors::http::{Problem, answer};
use polis_schema::sql::applications;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::api::sale::{Desk, history};
use crate::sale::chain::{GENESIS, hash};
use crate::sale::store::{Recorded, link, recorded};

/// The order of `POST /applications/{id}/erase`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Erase {
    /// Who says so.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub why: String,
}

/// What a verification found.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Verified {
    /// Streams looked at.
    pub applications: u64,
    /// Events looked at.
    pub events: u64,
    /// Streams whose chain does not hold, with the first event that does not fit.
    pub broken: Vec<Broken>,
}

/// A chain that does not hold.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Broken {
    /// Whose.
    pub application_id: Uuid,
    /// The first event that does not fit.
    pub version: i64,
    /// What is wrong with it.
    pub what: String,
}

const PAGE: i64 = 5_000;

pub(super) fn routes(desk: &Desk) -> BoxedFilter<(Response,)> {
    let (shown, erased, verified) = (desk.clone(), desk.clone(), desk.clone());
    let show = warp::path!("applications" / Uuid / "audit").and(warp::get()).and(query()).then(
        move |id: Uuid, query: String| {
            let desk = shown.clone();
            async move { answer(async { history(&desk.database.get().await?, id, &query).await }).await }
        },
    );
    let erase = warp::path!("applications" / Uuid / "erase").and(warp::post()).and(order()).then(
        move |id: Uuid, body: bytes::Bytes| {
            let desk = erased.clone();
            async move { answer(erase(&desk, id, &body)).await }
        },
    );
    let verify = warp::path!("audit" / "verify").and(warp::post()).then(move || {
        let desk = verified.clone();
        async move {
            answer(async { Ok(warp::reply::json(&verify(&desk.database.get().await?).await?).into_response()) }).await
        }
    });
    show.or(erase).unify().or(verify).unify().boxed()
}

async fn erase(desk: &Desk, id: Uuid, body: &[u8]) -> Result<Response, Problem> {
    let Erase { by, why } = json(body)?;
    let by = somebody(&by)?;
    let mut client = desk.database.get().await?;
    let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
    if transaction.run(&applications::ERASE_PERSON, &[&id]).await? == 0 {
        return Err(Problem::not_found(
            "there is no such application, nobody has applied yet, or it is erased already",
        ));
    }
    note(&transaction, by, "erase person", &format!("application {id}"), &why).await?;
    transaction.commit().await.map_err(DatabaseError::Transaction)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Goes along every chain.
async fn verify(client: &impl Run) -> Result<Verified, DatabaseError> {
    let mut found = Verified::default();
    let (mut at, mut version, mut head) = (Uuid::nil(), 0i64, GENESIS.to_vec());
    loop {
        let rows = client.all(&applications::ALL_EVENTS, &[&at, &version, &PAGE]).await?;
        if rows.is_empty() {
            return Ok(found);
        }
        for row in &rows {
            let (id, event): (Uuid, Recorded) = (row.get(0), recorded(row, 1));
            if id != at {
                (at, version, head) = (id, 0, GENESIS.to_vec());
                found.applications += 1;
            }
            let known_broken = found.broken.last().is_some_and(|broken| broken.application_id == id);
            if !known_broken && let Some(what) = misfit(&head, version, id, &event) {
                found.broken.push(Broken { application_id: id, version: event.version, what: what.to_owned() });
            }
            found.events += 1;
            version = event.version;
            head = event.hash;
        }
    }
}

fn misfit(head: &[u8], before: i64, id: Uuid, event: &Recorded) -> Option<&'static str> {
    if event.version != before + 1 {
        return Some("an event before it is missing");
    }
    (hash(head, &link(id, event)) != event.hash).then_some("it, or the one before it, was changed")
}
