//! `GET /api/products/{insurer}/{product}`: one product with the history of its tariffs.

use polis_actors::database::{Database, Run};
use polis_actors::http::{Problem, answer};
use polis_schema::sql::catalogue;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tokio_postgres::Row;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::list::tagged;
use crate::catalogue::{Item, Price};

pub(crate) fn route(database: &Database) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let database = database.clone();
    warp::path!("api" / "products" / String / String)
        .and(warp::get())
        .and(warp::header::optional::<String>("if-none-match"))
        .then(move |insurer: String, product: String, tag: Option<String>| {
            let database = database.clone();
            async move { answer(product_with_history(&database, &insurer, &product, tag.as_deref())).await }
        })
}

async fn product_with_history(
    database: &Database, insurer: &str, product: &str, tag: Option<&str>,
) -> Result<Response, Problem> {
    let decode = |text: &str| percent(text).ok_or_else(|| Problem::bad_request("the address is not UTF-8"));
    let (insurer, product) = (decode(insurer)?, decode(product)?);
    let client = database.get().await?;
    let row = client.first(&catalogue::GET, &[&insurer, &product]).await?;
    let row = row.ok_or_else(|| Problem::not_found(format!("{insurer} has no product {product}")))?;
    let tariffs = client.all(&catalogue::TARIFF_HISTORY, &[&insurer, &product]).await?;
    let mut body = serde_json::to_value(Item::from_row(&row)).unwrap_or_default();
    body["withdrawn"] = row.get::<_, bool>(11).into();
    body["tariffs"] = tariffs.iter().map(tariff).collect();
    Ok(tagged(body.to_string(), tag, None))
}

/// Path segments come as they were sent.
fn percent(text: &str) -> Option<String> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8().ok()?;
    (!decoded.contains('\0')).then(|| decoded.into_owned())
}

fn tariff(row: &Row) -> Value {
    let (currency, amount): (Option<String>, Option<Decimal>) = (row.get(3), row.get(4));
    let day = |at: usize| row.get::<_, Option<jiff::civil::Date>>(at).map(|day| day.to_string());
    json!({
        "tariff_id": row.get::<_, String>(0),
        "version": row.get::<_, i64>(1),
        "name": row.get::<_, String>(2),
        "premium": amount.zip(currency).map(|(amount, currency)| Price { amount, currency }),
        "valid_from": day(5),
        "valid_to": day(6),
        "known_from": row.get::<_, jiff::Timestamp>(7).to_string(),
        "known_to": row.get::<_, Option<jiff::Timestamp>>(8).map(|time| time.to_string()),
    })
}
