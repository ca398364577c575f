//! Products and tariffs of events into the tables `products` and `tariffs`, set by set.

use std::collections::{HashMap, HashSet};

use deadpool_postgres::Transaction;
use polis_actors::consumer::{Incoming, ProjectionError};
use polis_actors::database::Run;
use polis_schema::sql::offers;

use super::ProductState;

/// Events carry the whole state: of several about one product only the last has effects.
pub fn latest<'a>(batch: &[&'a Incoming<ProductState>]) -> Vec<&'a Incoming<ProductState>> {
    let mut by_product: HashMap<(&str, &str), &Incoming<ProductState>> = HashMap::new();
    for incoming in batch {
        let key = (incoming.event.insurer_id.as_str(), incoming.event.product_id.as_str());
        let known = by_product.entry(key).or_insert(incoming);
        if incoming.event.revision > known.event.revision {
            *known = incoming;
        }
    }
    let mut latest: Vec<_> = by_product.into_values().collect();
    latest.sort_by_key(|incoming| incoming.offset.0);
    latest
}

/// Answers which products are newer than what the tables had.
///
/// # Errors
/// When the database is away or refuses.
pub async fn upsert_products(
    transaction: &Transaction<'_>, batch: &[&Incoming<ProductState>],
) -> Result<HashSet<(String, String)>, ProjectionError> {
    let of = |f: fn(&ProductState) -> &str| batch.iter().map(|i| f(&i.event)).collect::<Vec<_>>();
    let revisions: Vec<i64> = batch.iter().map(|i| i.event.revision).collect();
    let prices: Vec<_> = batch.iter().map(|i| i.event.lowest()).collect();
    let currencies: Vec<_> = prices.iter().map(|price| price.map(|p| p.currency.as_str())).collect();
    let amounts: Vec<_> = prices.iter().map(|price| price.map(|p| p.amount)).collect();
    let withdrawn: Vec<bool> = batch.iter().map(|i| i.event.withdrawn).collect();
    let times: Vec<_> = batch.iter().map(|i| i.event.changed_at).collect();
    let rows = transaction
        .all(
            &offers::UPSERT_PRODUCTS,
            &[
                &of(|p| &p.insurer_id),
                &of(|p| &p.product_id),
                &of(|p| &p.insurer_name),
                &revisions,
                &of(|p| &p.line),
                &of(|p| &p.name),
                &of(|p| &p.description),
                &of(|p| &p.url),
                &currencies,
                &amounts,
                &withdrawn,
                &times,
            ],
        )
        .await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// The tariff versions of products that have changed.
///
/// # Errors
/// When the database is away or refuses.
pub async fn upsert_tariffs(
    transaction: &Transaction<'_>, batch: &[&Incoming<ProductState>],
) -> Result<(), ProjectionError> {
    let all: Vec<_> = batch.iter().flat_map(|i| i.event.tariffs.iter().map(move |tariff| (&i.event, tariff))).collect();
    let insurers: Vec<&str> = all.iter().map(|(product, _)| product.insurer_id.as_str()).collect();
    let products: Vec<&str> = all.iter().map(|(product, _)| product.product_id.as_str()).collect();
    let ids: Vec<&str> = all.iter().map(|(_, tariff)| tariff.tariff_id.as_str()).collect();
    let versions: Vec<i64> = all.iter().map(|(_, tariff)| tariff.version).collect();
    let names: Vec<&str> = all.iter().map(|(_, tariff)| tariff.name.as_str()).collect();
    let currencies: Vec<_> = all.iter().map(|(_, t)| t.price.as_ref().map(|p| p.currency.as_str())).collect();
    let amounts: Vec<_> = all.iter().map(|(_, t)| t.price.as_ref().map(|p| p.amount)).collect();
    let valid_from: Vec<_> = all.iter().map(|(_, t)| t.valid_from).collect();
    let valid_to: Vec<_> = all.iter().map(|(_, t)| t.valid_to).collect();
    let known_from: Vec<_> = all.iter().map(|(_, t)| t.known_from).collect();
    let known_to: Vec<_> = all.iter().map(|(_, t)| t.known_to).collect();
    transaction
        .run(
            &offers::UPSERT_TARIFFS,
            &[
                &insurers,
                &products,
                &ids,
                &versions,
                &names,
                &currencies,
                &amounts,
                &valid_from,
                &valid_to,
                &known_from,
                &known_to,
            ],
        )
        .await?;
    Ok(())
}
