//! The audit for operators: `GET /applications/{id}/audit`, `POST /applications/{id}/erase`, `POST /audit/verify`,
//! `GET /audit/export`.

use polis_actors::admin::note;
use polis_actors::database::{DatabaseError, Run};
use polis_actors::http::parameters::{json, order, parse, query, somebody};
use polis_actors::http::{Problem, answer};
use polis_schema::sql::applications;
use serde::{Deserialize, Serialize};
use sync_wrapper::SyncStream;
use uuid::Uuid;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::http::header::CONTENT_TYPE;
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::api::sale::{Desk, history};
use crate::audit::checkpoint::Trusted;
use crate::audit::export::export;
use crate::audit::verify::{NotACheckpoint, verify};

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

/// Parameters of `POST /audit/verify`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Expecting {
    /// A checkpoint that somebody noted elsewhere, `NUMBER:HASH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expect: Option<String>,
}

/// Parameters of `GET /audit/export`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Exported {
    /// Only that application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<Uuid>,
}

pub(super) fn routes(desk: &Desk, trusted: &Trusted) -> BoxedFilter<(Response,)> {
    let (shown, erased, verified, exported) = (desk.clone(), desk.clone(), desk.clone(), desk.clone());
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
    let trusted = trusted.clone();
    let verify = warp::path!("audit" / "verify").and(warp::post()).and(query()).then(move |query: String| {
        let (desk, trusted) = (verified.clone(), trusted.clone());
        async move {
            let found = async {
                let Expecting { expect } = parse(&query)?;
                let expected = expect.map(|text| text.parse()).transpose();
                let expected = expected.map_err(|error: NotACheckpoint| Problem::bad_request(error.to_string()))?;
                let found = verify(&desk.database.get().await?, trusted, expected).await?;
                Ok(warp::reply::json(&found).into_response())
            };
            answer(found).await
        }
    });
    let export = warp::path!("audit" / "export").and(warp::get()).and(query()).map(move |query: String| {
        match parse::<Exported>(&query) {
            Ok(Exported { application }) => {
                let lines = warp::reply::stream(SyncStream::new(export(exported.database.clone(), application)));
                warp::reply::with_header(lines, CONTENT_TYPE, "application/jsonl").into_response()
            }
            Err(problem) => problem.into(),
        }
    });
    show.or(erase).unify().or(verify).unify().or(export).unify().boxed()
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
