//! `POST /projections/rebuild`: the lists of applications and policies made from the events again, compared with those in use,
//! and put in their place when that is ordered.

use polis_actors::database::Database;
use polis_actors::http::parameters::{json, order, somebody};
use polis_actors::http::{Problem, answer};
use serde::{Deserialize, Serialize};
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::sale::rebuild::{RebuildError, Replace, rebuild};
use crate::sale::store::SaleError;

/// The order.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rebuild {
    /// Whether what differs is replaced; otherwise it is only shown.
    pub replace: bool,
    /// Who says so, when something is replaced.
    #[serde(default)]
    pub by: String,
    /// Why.
    #[serde(default)]
    pub why: String,
}

pub(super) fn routes(database: &Database) -> BoxedFilter<(Response,)> {
    let database = database.clone();
    let rebuild = warp::path!("projections" / "rebuild").and(warp::post()).and(order());
    rebuild
        .then(move |body: bytes::Bytes| {
            let database = database.clone();
            async move { answer(ordered(&database, &body)).await }
        })
        .boxed()
}

async fn ordered(database: &Database, body: &[u8]) -> Result<Response, Problem> {
    let Rebuild { replace, by, why } = json(body)?;
    let replace = if replace { Some(Replace { by: somebody(&by)?, why: &why }) } else { None };
    let rebuilt = rebuild(database, replace).await.map_err(|error| match error {
        RebuildError::Busy | RebuildError::Contended => Problem::conflict(error.to_string()),
        // Whoever rebuilds must know which event is in the way.
        RebuildError::Sale(error @ SaleError::Unreadable { .. }) => {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
        }
        RebuildError::Sale(error) => error.into(),
    })?;
    Ok(warp::reply::json(&rebuilt).into_response())
}
