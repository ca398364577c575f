//! What is known of policies: `GET /policies/{number}`.

use jiff::Timestamp;
use jiff::civil::Date;
use polis_actors::database::{Database, DatabaseError, Run};
use polis_actors::http::{Problem, answer};
use polis_schema::sql::policies;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use uuid::Uuid;
use warp::filters::BoxedFilter;
use warp::reply::Response;
use warp::{Filter, Reply};

/// A policy as it is known here.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// Its number.
    pub policy_number: String,
    /// Of which application.
    pub application_id: Uuid,
    /// Grows with each event.
    pub revision: i64,
    /// Insurer.
    pub insurer_id: String,
    /// Product within the insurer.
    pub product_id: String,
    /// Tariff within the product.
    pub tariff_id: String,
    /// Version of the tariff that it was sold at.
    pub tariff_version: i64,
    /// Line of business.
    pub line: String,
    /// ISO 4217.
    pub currency: String,
    /// What was paid.
    pub premium: Decimal,
    /// First day of cover.
    pub starts_on: Date,
    /// Last day of cover, included.
    pub ends_on: Date,
    /// When it was issued.
    pub issued_at: Option<Timestamp>,
    /// First day without cover, once cancelled.
    pub cancelled_from: Option<Date>,
    /// What was paid back.
    pub refund: Decimal,
    /// The tariff as it was known when the policy was issued: its version.
    pub valid_version: Option<i64>,
    /// And its premium.
    pub expected_premium: Option<Decimal>,
}

/// Routes for the admin port.
pub fn routes(database: &Database) -> BoxedFilter<(Response,)> {
    let database = database.clone();
    let show = warp::path!("policies" / String).and(warp::get());
    show.then(move |number: String| {
        let database = database.clone();
        async move { answer(show_policy(&database, &number)).await }
    })
    .boxed()
}

async fn show_policy(database: &Database, number: &str) -> Result<Response, Problem> {
    let policy = show(&database.get().await?, number).await?;
    let policy = policy.ok_or_else(|| Problem::not_found(format!("no event has told of a policy {number}")))?;
    Ok(warp::reply::json(&policy).into_response())
}

/// The policy of a number, as it is known now.
///
/// # Errors
/// When the database is away.
pub async fn show(client: &impl Run, number: &str) -> Result<Option<Policy>, DatabaseError> {
    Ok(client.first(&policies::SHOW, &[&number]).await?.as_ref().map(policy))
}

fn policy(row: &Row) -> Policy {
    Policy {
        policy_number: row.get(0),
        application_id: row.get(1),
        revision: row.get(2),
        insurer_id: row.get(3),
        product_id: row.get(4),
        tariff_id: row.get(5),
        tariff_version: row.get(6),
        line: row.get(7),
        currency: row.get(8),
        premium: row.get(9),
        starts_on: row.get(10),
        ends_on: row.get(11),
        issued_at: row.get(12),
        cancelled_from: row.get(13),
        refund: row.get(14),
        valid_version: row.get(15),
        expected_premium: row.get(16),
    }
}
