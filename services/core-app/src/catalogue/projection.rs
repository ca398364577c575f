//! Product events into the tables of the catalogue, set by set.

use deadpool_postgres::Transaction;
use polis_actors::consumer::{Applying, Incoming, Projection, ProjectionError};
use polis_actors::database::Run;
use polis_offers::{ProductState, latest, upsert_products, upsert_tariffs};
use polis_proto::Envelope;
use polis_schema::sql::catalogue;

use super::Item;

/// Keeps the catalogue.
pub struct CatalogueProjection;

type Latest<'a> = Vec<&'a Incoming<ProductState>>;

impl Projection for CatalogueProjection {
    type Event = ProductState;

    fn decode(&self, envelope: &Envelope) -> Result<ProductState, String> {
        ProductState::decode(envelope)
    }

    fn apply<'a>(&'a self, transaction: &'a Transaction<'a>, batch: &'a [&'a Incoming<ProductState>]) -> Applying<'a> {
        Box::pin(apply(transaction, batch))
    }
}

async fn apply(transaction: &Transaction<'_>, batch: &[&Incoming<ProductState>]) -> Result<(), ProjectionError> {
    let latest = latest(batch);
    let changed = upsert_products(transaction, &latest).await?;
    let changed: Latest<'_> = latest
        .into_iter()
        .filter(|i| changed.contains(&(i.event.insurer_id.clone(), i.event.product_id.clone())))
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    upsert_tariffs(transaction, &changed).await?;
    append_changes(transaction, &changed).await
}

async fn append_changes(
    transaction: &Transaction<'_>, batch: &[&Incoming<ProductState>],
) -> Result<(), ProjectionError> {
    let insurers: Vec<&str> = batch.iter().map(|i| i.event.insurer_id.as_str()).collect();
    let products: Vec<&str> = batch.iter().map(|i| i.event.product_id.as_str()).collect();
    let events: Vec<&str> = batch.iter().map(|i| if i.event.withdrawn { "withdrawn" } else { "product" }).collect();
    let data: Result<Vec<String>, _> = batch.iter().map(|i| serde_json::to_string(&Item::from(&i.event))).collect();
    let data = data.map_err(|error| ProjectionError::Rejected(error.to_string()))?;
    let traces: Vec<Option<&str>> = batch.iter().map(|i| i.traceparent.as_deref()).collect();
    transaction.run(&catalogue::APPEND_CHANGES, &[&insurers, &products, &events, &data, &traces]).await?;
    Ok(())
}
