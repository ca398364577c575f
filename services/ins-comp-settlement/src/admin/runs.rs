//! Runs: ordered, listed, shown, compared, verified; periods are closed with them and opened again.

use jiff::civil::Date;
use polis_actors::database::Database;
use polis_actors::http::parameters::{json, limit, order, parse, query, somebody};
use polis_actors::http::{Problem, answer};
use serde::{Deserialize, Serialize};
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::results::{CompareError, compare};
use crate::runs::{self, CloseError, OrderError, Run, RunBreak, VerifyError};
use crate::shared::Shared;

/// Of a comparison more is of use than of a page: whoever reads it wants to see all of it.
const MOST_COMPARED: i64 = 1000;

/// Which runs are wanted.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Only of that insurer.
    pub insurer: Option<String>,
    /// Only older ones than that.
    pub before: Option<i64>,
    /// How many.
    pub limit: Option<i64>,
}

/// Which of the things that a run has found are wanted.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WantedBreaks {
    /// Only of that kind.
    pub kind: Option<crate::matching::Kind>,
    /// With that part of a policy number.
    pub q: Option<String>,
    /// Behind that place.
    pub after: Option<i64>,
    /// How many.
    pub limit: Option<i64>,
}

/// With what a run is compared.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WantedComparison {
    /// With that run; the last one done before it when absent.
    pub with: Option<i64>,
    /// How many breaks are listed at most: so many new ones, gone ones, changed ones.
    pub limit: Option<i64>,
}

/// What is to be reconciled: a register, or the newest one of a period.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Reconcile {
    /// The register.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub register: Option<i64>,
    /// Or of that insurer,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insurer: Option<String>,
    /// of the period from this day
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// to that day, included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
    /// Who wants it.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub why: String,
}

/// Who closes or opens a period, and why.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Who {
    /// Who.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub why: String,
}

/// Routes for the admin port.
pub fn routes(shared: &Shared) -> BoxedFilter<(Response,)> {
    let database = shared.database.clone();
    let with = warp::any().map(move || database.clone());
    let list = warp::path!("runs").and(warp::get()).and(query()).and(with.clone());
    let list = list.then(|query: String, database| async move { answer(list_runs(&database, &query)).await });
    let ask = warp::path!("runs").and(warp::post()).and(order()).and(with.clone());
    let ask = ask.then(|body: bytes::Bytes, database| async move { answer(reconcile(&database, &body)).await });
    let show = warp::path!("runs" / i64).and(warp::get()).and(with.clone());
    let show = show.then(|id: i64, database| async move { answer(show_run(&database, id)).await });
    let found = warp::path!("runs" / i64 / "breaks").and(warp::get()).and(query()).and(with.clone());
    let found =
        found.then(|id: i64, query: String, database| async move { answer(breaks(&database, id, &query)).await });
    let beside = warp::path!("runs" / i64 / "compare").and(warp::get()).and(query()).and(with.clone());
    let beside =
        beside.then(|id: i64, query: String, database| async move { answer(comparison(&database, id, &query)).await });
    let again = warp::path!("runs" / i64 / "verify").and(warp::post()).and(with.clone());
    let again = again.then(|id: i64, database| async move { answer(verify(&database, id)).await });
    let close = warp::path!("runs" / i64 / "close").and(warp::post()).and(order()).and(with.clone());
    let close =
        close.then(|id: i64, body: bytes::Bytes, database| async move { answer(shut(&database, id, &body)).await });
    let open = warp::path!("runs" / i64 / "reopen").and(warp::post()).and(order()).and(with);
    let open =
        open.then(|id: i64, body: bytes::Bytes, database| async move { answer(reopen(&database, id, &body)).await });
    let read = list.or(show).unify().or(found).unify().or(beside).unify().boxed();
    read.or(ask).unify().or(again).unify().or(close).unify().or(open).unify().boxed()
}

async fn list_runs(database: &Database, query: &str) -> Result<Response, Problem> {
    let wanted: Wanted = parse(query)?;
    let most = limit(wanted.limit)?;
    let runs = Run::list(&database.get().await?, wanted.insurer.as_deref(), wanted.before, most).await?;
    Ok(warp::reply::json(&runs).into_response())
}

async fn show_run(database: &Database, id: i64) -> Result<Response, Problem> {
    Ok(warp::reply::json(&known(database, id).await?).into_response())
}

async fn known(database: &Database, id: i64) -> Result<Run, Problem> {
    let run = Run::load(&database.get().await?, id).await?;
    run.ok_or_else(|| Problem::not_found(format!("there is no run {id}")))
}

async fn breaks(database: &Database, id: i64, query: &str) -> Result<Response, Problem> {
    let wanted: WantedBreaks = parse(query)?;
    let most = limit(wanted.limit)?;
    known(database, id).await?;
    let kind = wanted.kind.map(crate::matching::Kind::as_str);
    let after = wanted.after.unwrap_or_default();
    let found = RunBreak::list(&database.get().await?, id, kind, wanted.q.as_deref(), after, most).await?;
    Ok(warp::reply::json(&found).into_response())
}

async fn comparison(database: &Database, id: i64, query: &str) -> Result<Response, Problem> {
    let wanted: WantedComparison = parse(query)?;
    let most = limit(wanted.limit.or(Some(MOST_COMPARED)))?;
    let comparison = compare(&database.get().await?, id, wanted.with, most).await?;
    Ok(warp::reply::json(&comparison).into_response())
}

async fn reconcile(database: &Database, body: &[u8]) -> Result<Response, Problem> {
    let wanted: Reconcile = json(body)?;
    let by = somebody(&wanted.by)?;
    let client = database.get().await?;
    let register_id = match (wanted.register, &wanted.insurer, wanted.from, wanted.to) {
        (Some(register), None, None, None) => register,
        (None, Some(insurer), Some(from), Some(to)) => {
            runs::not_closed(&client, insurer, from, to).await?;
            runs::newest_register(&client, insurer, from, to).await?.ok_or_else(|| {
                Problem::not_found(format!("there is no register of {insurer} for {from} to {to}; send one first"))
            })?
        }
        _ => return Err(Problem::bad_request("give either register, or insurer with from and to")),
    };
    let id = runs::order(&client, &runs::Order { register_id, cause: "order", by, why: &wanted.why }).await?;
    drop(client);
    let run = known(database, id).await?;
    Ok(warp::reply::with_status(warp::reply::json(&run), StatusCode::ACCEPTED).into_response())
}

async fn verify(database: &Database, id: i64) -> Result<Response, Problem> {
    known(database, id).await?;
    Ok(warp::reply::json(&runs::verify(database, id).await?).into_response())
}

async fn shut(database: &Database, id: i64, body: &[u8]) -> Result<Response, Problem> {
    let who: Who = json(body)?;
    let run = runs::close(database, id, somebody(&who.by)?, &who.why).await?;
    Ok(warp::reply::json(&run).into_response())
}

async fn reopen(database: &Database, id: i64, body: &[u8]) -> Result<Response, Problem> {
    let who: Who = json(body)?;
    let run = runs::reopen(database, id, somebody(&who.by)?, &who.why).await?;
    Ok(warp::reply::json(&run).into_response())
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Database(error) => error.into(),
            OrderError::NoRegister(_) => Self::not_found(error.to_string()),
            OrderError::Closed { .. } | OrderError::Dropped(_) => Self::conflict(error.to_string()),
        }
    }
}

impl From<CompareError> for Problem {
    fn from(error: CompareError) -> Self {
        match error {
            CompareError::Database(error) => error.into(),
            CompareError::NoRun(_) | CompareError::First(_) => Self::not_found(error.to_string()),
            CompareError::NotDone(..) | CompareError::Others(..) => Self::conflict(error.to_string()),
        }
    }
}

impl From<CloseError> for Problem {
    fn from(error: CloseError) -> Self {
        match error {
            CloseError::Database(error) => error.into(),
            CloseError::NoRun(_) => Self::not_found(error.to_string()),
            error => Self::conflict(error.to_string()),
        }
    }
}

impl From<VerifyError> for Problem {
    fn from(error: VerifyError) -> Self {
        match error {
            VerifyError::Run(runs::RunError::Database(error)) => error.into(),
            VerifyError::NotDone(_) => Self::conflict(error.to_string()),
            error => Self::conflict(polis_actors::runtime::error_text(&error)),
        }
    }
}
