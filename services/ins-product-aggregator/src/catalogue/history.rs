//! The history of a catalogue: what was offered when, as we saw it and as the insurer says for which days.

use std::borrow::Cow;

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use polis_actors::database::{DatabaseError, Run};
use polis_proto::catalogue::v1::{Product, Tariff};
use polis_proto::timestamp;
use polis_schema::sql::history;
use rust_decimal::Decimal;

use super::diff::Change;
use super::fingerprint::of_tariff;
use super::outbox::kind_text;

/// Writes what the changes of one insurer begin and end, in the caller's open transaction.
///
/// # Errors
/// When a statement fails.
pub(super) async fn write(
    transaction: &Transaction<'_>, insurer: &str, changes: &[Change], now: Timestamp,
) -> Result<(), DatabaseError> {
    let states: Vec<(&Change, &Product)> =
        changes.iter().filter_map(|c| Some((c, c.event.product.as_ref()?))).collect();
    let texts = |f: fn(&Product) -> &str| states.iter().map(|(_, product)| f(product)).collect::<Vec<_>>();
    let revisions: Vec<i64> = states.iter().map(|(_, product)| product.revision).collect();
    let kinds: Vec<&str> = states.iter().map(|(change, _)| kind_text(change.event.kind())).collect();
    let hashes: Vec<&[u8]> = states.iter().map(|(change, _)| change.fingerprint.as_slice()).collect();
    transaction
        .run(
            &history::ADD_PRODUCTS,
            &[
                &insurer,
                &now,
                &texts(|p| &p.product_id),
                &revisions,
                &kinds,
                &texts(|p| &p.line),
                &texts(|p| &p.name),
                &texts(|p| &p.description),
                &texts(|p| &p.url),
                &hashes,
            ],
        )
        .await?;
    put_tariffs(transaction, insurer, &states, now).await
}

/// Versions that hold or end now, whether they are written already or not; of a product whose history may be older than
/// the tables, all.
async fn put_tariffs(
    transaction: &Transaction<'_>, insurer: &str, states: &[(&Change, &Product)], now: Timestamp,
) -> Result<(), DatabaseError> {
    let this_moment = Some(timestamp::to_wire(now));
    let touched: Vec<(&str, &Tariff)> = states
        .iter()
        .flat_map(|(change, product)| product.tariffs.iter().map(move |tariff| (change.told, product, tariff)))
        .filter(|(told, _, t)| !told || t.known_to.is_none() || t.known_to == this_moment)
        .map(|(_, product, tariff)| (product.product_id.as_str(), tariff))
        .collect();
    if touched.is_empty() {
        return Ok(());
    }
    let products: Vec<&str> = touched.iter().map(|(product, _)| *product).collect();
    let ids: Vec<&str> = touched.iter().map(|(_, t)| t.tariff_id.as_str()).collect();
    let versions: Vec<i64> = touched.iter().map(|(_, t)| t.version).collect();
    let names: Vec<&str> = touched.iter().map(|(_, t)| t.name.as_str()).collect();
    let amounts: Vec<Decimal> = touched.iter().map(|(_, t)| amount(t)).collect();
    let currencies: Vec<Cow<'_, str>> = touched.iter().map(|(_, t)| currency(t)).collect();
    let day = |day: Option<polis_proto::google_type::Date>| day.and_then(|day| polis_proto::date(&day).ok());
    let valid_from: Vec<_> = touched.iter().map(|(_, t)| day(t.valid_from)).collect();
    let valid_to: Vec<_> = touched.iter().map(|(_, t)| day(t.valid_to)).collect();
    let hashes: Vec<Vec<u8>> = touched.iter().map(|(_, t)| of_tariff(t)).collect();
    let at = |time: &Option<prost_types::Timestamp>| time.as_ref().and_then(|time| timestamp::from_wire(time).ok());
    let known_from: Vec<Timestamp> = touched.iter().map(|(_, t)| at(&t.known_from).unwrap_or(now)).collect();
    let known_to: Vec<Option<Timestamp>> = touched.iter().map(|(_, t)| at(&t.known_to)).collect();
    transaction
        .run(
            &history::PUT_TARIFFS,
            &[
                &insurer,
                &products,
                &ids,
                &versions,
                &names,
                &amounts,
                &currencies,
                &valid_from,
                &valid_to,
                &hashes,
                &known_from,
                &known_to,
            ],
        )
        .await?;
    Ok(())
}

fn amount(tariff: &Tariff) -> Decimal {
    tariff.premium.as_ref().and_then(|money| money.amount().ok()).unwrap_or_default()
}

fn currency(tariff: &Tariff) -> Cow<'_, str> {
    tariff.premium.as_ref().map(|money| money.currency_code.as_str().into()).unwrap_or_default()
}
