//! An insurer that is not polled any more: `POST /insurers/{insurer}/withdrawal` takes its products off the market. Its
//! last catalogue stays on offer until somebody says so, because a file can be lost by mistake.

use bytes::Bytes;
use polis_actors::admin::note;
use polis_actors::database::{Database, DatabaseError, Run};
use polis_actors::http::parameters::{json, somebody};
use polis_actors::http::{Problem, answer};
use polis_actors::lease::{Held, Leases};
use polis_actors::poller::{Accepted, Polled, Target, Validators};
use polis_schema::sql::insurers;
use serde::{Deserialize, Serialize};
use warp::filters::BoxedFilter;
use warp::reply::Response;
use warp::{Filter, Reply};

use super::insurers::overviews;
use crate::catalogue::Writer;
use crate::config::GuardConfig;

/// The order of `POST /insurers/{insurer}/withdrawal`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// Who says so.
    pub by: String,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// What became of it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Withdrawn {
    /// Products that were on offer.
    pub products: i64,
}

pub(super) fn routes(database: &Database, leases: &Leases, topic: &str) -> BoxedFilter<(Response,)> {
    let (database, leases, topic) = (database.clone(), leases.clone(), topic.to_owned());
    warp::path!("insurers" / String / "withdrawal")
        .and(warp::post())
        .and(polis_actors::http::parameters::order())
        .then(move |insurer: String, body: Bytes| {
            let (leases, writer) = (leases.clone(), writer(&database, &topic, insurer));
            async move { answer(withdraw(&writer, &leases, &body)).await }
        })
        .boxed()
}

fn writer(database: &Database, topic: &str, insurer: String) -> Writer {
    Writer {
        database: database.clone(),
        topic: topic.to_owned(),
        name: insurer.clone(),
        insurer,
        guard: GuardConfig { most_withdrawn: 0.0 },
        configured_as: String::new(),
    }
}

/// The lease of the insurer's poller tells whether it is polled, and fences whoever begins to meanwhile. A poller of this
/// instance is of the same owner and would not keep us from it: who owns it is looked at first.
async fn withdraw(writer: &Writer, leases: &Leases, body: &[u8]) -> Result<Response, Problem> {
    let Withdrawal { by, why } = json(body)?;
    let (by, insurer) = (somebody(&by)?, &writer.insurer);
    let Some(known) = overviews(&writer.database, Some(insurer)).await?.pop() else {
        return Err(Problem::not_found(format!("insurer {insurer} was never polled")));
    };
    let polled = |by: &str| Problem::conflict(format!("insurer {insurer} is polled by {by}; remove its file first"));
    if let Some(owner) = &known.polled_by {
        return Err(polled(owner));
    }
    let held = leases.of(format!("poller/{insurer}")).acquire().await?.ok_or_else(|| polled("another instance"))?;
    let done = empty(writer, &held, by, &why, known.products).await;
    held.release().await;
    done?;
    Ok(warp::reply::json(&Withdrawn { products: known.products }).into_response())
}

async fn empty(writer: &Writer, held: &Held, by: &str, why: &str, products: i64) -> Result<(), Problem> {
    let insurer = &writer.insurer;
    let mut client = writer.database.get().await?;
    let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
    let (reason, before) = ("withdrawn by order", i32::try_from(products).unwrap_or(i32::MAX));
    transaction.run(&insurers::HOLD, &[insurer, &reason, &before, &0]).await?;
    transaction.run(&insurers::APPROVE, &[insurer, &by]).await?;
    note(&transaction, by, "withdraw all products", insurer, why).await?;
    transaction.commit().await.map_err(DatabaseError::Transaction)?;
    let nothing = Polled::Whole { content: Vec::new(), validators: Validators::new() };
    match writer.accept(nothing, held).await? {
        Accepted::Changed { .. } | Accepted::Unchanged => Ok(()),
        Accepted::Held(reason) => Err(Problem::conflict(reason)),
        Accepted::Fenced => Err(Problem::conflict(format!("insurer {insurer} is polled again; nothing was withdrawn"))),
    }
}
