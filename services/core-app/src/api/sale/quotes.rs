//! `POST /api/quotes`: a price from the local catalogue that holds for a while, and the token of the new application.

use deadpool_postgres::Transaction;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan, Zoned};
use polis_actors::database::{DatabaseError, Run};
use polis_actors::http::{Problem, answer};
use polis_proto::google_type::Money;
use polis_proto::sales::v1::Quoted;
use polis_proto::timestamp;
use polis_schema::sql::applications;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;
use warp::http::StatusCode;
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};

use super::desk::Desk;
use super::once::{self, Answer, Begun, Request};
use super::view::view;
use super::{access, body, said};
use crate::sale::Command;
use crate::sale::store::{Deed, execute};

/// What is to be quoted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    insurer_id: String,
    product_id: String,
    tariff_id: String,
    /// First day of cover.
    starts_on: Date,
}

/// How far ahead cover may begin.
const AHEAD: i64 = 90;

pub(super) fn route(desk: &Desk) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let desk = desk.clone();
    warp::path!("api" / "quotes").and(warp::post()).and(said()).and(body()).then(
        move |_: Option<String>, key: Option<String>, body: bytes::Bytes| {
            let desk = desk.clone();
            async move { answer(quote(&desk, key.as_deref(), &body)).await }
        },
    )
}

async fn quote(desk: &Desk, key: Option<&str>, body: &[u8]) -> Result<Response, Problem> {
    let key = once::key(key)?;
    let mut client = desk.database.get().await?;
    let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
    let done = once_quoted(desk, &transaction, key, body).await;
    let mut answer = once::end(transaction, done).await?;
    answer.body = with_token(key, answer.body);
    Ok(answer.into_response())
}

async fn once_quoted(desk: &Desk, transaction: &Transaction<'_>, key: &str, body: &[u8]) -> Result<Answer, Problem> {
    match once::begin(transaction, Request { scope: "/api/quotes", key, body }).await? {
        Begun::Answered(answer) => Ok(answer),
        // Read only now: what was answered before is answered again, also in a form that is not taken any more.
        Begun::First(claim) => {
            let wish = serde_json::from_slice(body).map_err(|error| Problem::bad_request(error.to_string()))?;
            let application = priced(desk, transaction, wish, key).await?;
            claim.remember(transaction, StatusCode::CREATED, application).await
        }
    }
}

/// The token is in the answer and in no table.
fn with_token(key: &str, application: Value) -> Value {
    let id = application["application_id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_default();
    json!({ "token": access::token(key, id).0, "application": application })
}

async fn priced(desk: &Desk, transaction: &Transaction<'_>, wish: Wish, key: &str) -> Result<Value, Problem> {
    let today = Zoned::now().date();
    let latest = today.checked_add(AHEAD.days()).unwrap_or(today);
    if wish.starts_on < today || wish.starts_on > latest {
        let what = format!("starts_on is from {today} to {latest}");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, what));
    }
    let offer = Offer::find(transaction, &wish.insurer_id, &wish.product_id, &wish.tariff_id).await?;
    let offer = offer.ok_or_else(|| {
        Problem::not_found("there is no such tariff on offer; it may have been withdrawn, or is priced on request")
    })?;
    if !offer.holds_on(wish.starts_on) {
        let what = "the insurer does not offer this tariff for a cover that begins on that day";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, what));
    }
    let until = Timestamp::now() + desk.config.quote.0;
    let ends_on = wish.starts_on.checked_add(1.year()).and_then(Date::yesterday).unwrap_or(wish.starts_on);
    let premium = Money::from_decimal(offer.premium, &offer.currency)
        .map_err(|error| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, error.to_string()))?;
    let quoted = Quoted {
        insurer_id: wish.insurer_id,
        insurer_name: offer.insurer_name,
        product_id: wish.product_id,
        product_name: offer.product_name,
        line: offer.line,
        product_revision: offer.revision,
        tariff_id: wish.tariff_id,
        tariff_name: offer.tariff_name,
        tariff_version: offer.version,
        premium: Some(premium),
        starts_on: Some(wish.starts_on.into()),
        ends_on: Some(ends_on.into()),
        valid_until: Some(timestamp::to_wire(until)),
    };
    let id = Uuid::now_v7();
    let deed = Deed { actor: "applicant", why: "quote" };
    let state = execute(transaction, &desk.topics, id, Command::Quote(Box::new(quoted)), deed).await?;
    transaction.run(&applications::ADD_TOKEN, &[&id, &access::token(key, id).1]).await?;
    Ok(view(id, &state))
}

/// A tariff as it is offered now.
pub(super) struct Offer {
    insurer_name: String,
    product_name: String,
    line: String,
    revision: i64,
    tariff_name: String,
    /// Version of the tariff.
    pub(super) version: i64,
    /// ISO 4217.
    pub(super) currency: String,
    /// Its price.
    pub(super) premium: Decimal,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
}

impl Offer {
    /// None when it is not on offer.
    pub(super) async fn find(
        client: &impl Run, insurer: &str, product: &str, tariff: &str,
    ) -> Result<Option<Self>, Problem> {
        let row = client.first(&applications::OFFER, &[&insurer, &product, &tariff]).await?;
        Ok(row.map(|row| Self {
            insurer_name: row.get(0),
            product_name: row.get(1),
            line: row.get(2),
            revision: row.get(3),
            tariff_name: row.get(4),
            version: row.get(5),
            currency: row.get(6),
            premium: row.get(7),
            valid_from: row.get(8),
            valid_to: row.get(9),
        }))
    }

    fn holds_on(&self, day: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| day <= to)
    }
}
