//! What was offered when: `GET /products` at a time, `GET /products/{insurer}/{product}/history` of one product.

use jiff::Timestamp;
use jiff::civil::Date;
use polis_actors::database::{Database, Run};
use polis_actors::http::{Problem, answer};
use polis_schema::sql::history;
use serde::{Deserialize, Serialize};
use tokio_postgres::types::Json;
use warp::filters::BoxedFilter;
use warp::reply::Response;
use warp::{Filter, Reply};

use polis_actors::http::parameters::{limit, parse, query};

/// Parameters of `GET /products`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AsOf {
    /// When we are asked about; now when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// Only tariffs that hold on that day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_on: Option<Date>,
    /// Only of that insurer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub insurer: Option<String>,
    /// Only that product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// `next` of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// What we knew to be offered at a time.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Offered {
    /// The time.
    pub at: Timestamp,
    /// Products, by insurer and identifier.
    pub items: Vec<Version>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A product as we knew it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Version {
    /// Insurer.
    pub insurer_id: String,
    /// Its identifier.
    pub product_id: String,
    /// Revision.
    pub revision: i64,
    /// Line of business.
    pub line: String,
    /// Name.
    pub name: String,
    /// Since when it was like this.
    pub known_from: Timestamp,
    /// Until when; absent while it is.
    pub known_to: Option<Timestamp>,
    /// Its tariffs.
    pub tariffs: Vec<TariffVersion>,
}

/// A tariff as we knew it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct TariffVersion {
    /// The insurer's identifier.
    pub tariff_id: String,
    /// Version.
    pub version: i64,
    /// Name.
    pub name: String,
    /// Amount, as text: decimal, never rounded.
    pub premium: String,
    /// ISO 4217.
    pub currency: String,
    /// First day for which the insurer offers it.
    pub valid_from: Option<Date>,
    /// Last day.
    pub valid_to: Option<Date>,
    /// Since when we know of it.
    pub known_from: Timestamp,
}

/// A revision of a product, with the tariffs that began with it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Revision {
    /// Its number.
    pub revision: i64,
    /// added, changed, withdrawn, restored
    pub kind: String,
    /// Name of the product.
    pub name: String,
    /// Since when.
    pub known_from: Timestamp,
    /// Until when; absent for the last one.
    pub known_to: Option<Timestamp>,
    /// What began with it.
    pub tariffs: Vec<TariffVersion>,
}

pub(super) fn routes(database: &Database) -> BoxedFilter<(Response,)> {
    let (asked, told) = (database.clone(), database.clone());
    let list = warp::path!("products").and(warp::get()).and(query()).then(move |query: String| {
        let database = asked.clone();
        async move { answer(list(&database, &query)).await }
    });
    let of_one = warp::path!("products" / String / String / "history").and(warp::get()).then(
        move |insurer: String, product: String| {
            let database = told.clone();
            async move { answer(of_one(&database, &insurer, &product)).await }
        },
    );
    list.or(of_one).unify().boxed()
}

async fn list(database: &Database, query: &str) -> Result<Response, Problem> {
    let asked: AsOf = parse(query)?;
    let (at, limit) = (asked.at.unwrap_or_else(Timestamp::now), limit(asked.limit)?);
    let after = asked.after.unwrap_or_default();
    let (after_insurer, after_product) = after.split_once('/').unwrap_or((&after, ""));
    let client = database.get().await?;
    let rows = client
        .all(
            &history::AS_OF,
            &[&at, &asked.insurer, &asked.product, &asked.valid_on, &after_insurer, &after_product, &limit],
        )
        .await?;
    let items: Vec<Version> = rows.iter().map(version).collect();
    let full = i64::try_from(items.len()) == Ok(limit);
    let next = items.last().filter(|_| full).map(|last| format!("{}/{}", last.insurer_id, last.product_id));
    Ok(warp::reply::json(&Offered { at, items, next }).into_response())
}

fn version(row: &tokio_postgres::Row) -> Version {
    let Json(tariffs) = row.get(7);
    Version {
        insurer_id: row.get(0),
        product_id: row.get(1),
        revision: row.get(2),
        line: row.get(3),
        name: row.get(4),
        known_from: row.get(5),
        known_to: row.get(6),
        tariffs,
    }
}

async fn of_one(database: &Database, insurer: &str, product: &str) -> Result<Response, Problem> {
    let rows = database.get().await?.all(&history::OF_PRODUCT, &[&insurer, &product]).await?;
    if rows.is_empty() {
        return Err(Problem::not_found(format!("insurer {insurer} never offered a product {product}")));
    }
    let revision = |row: &tokio_postgres::Row| {
        let Json(tariffs) = row.get(5);
        let (known_from, known_to) = (row.get(3), row.get(4));
        Revision { revision: row.get(0), kind: row.get(1), name: row.get(2), known_from, known_to, tariffs }
    };
    Ok(warp::reply::json(&rows.iter().map(revision).collect::<Vec<_>>()).into_response())
}
