//! Product events into the tables of what insurers offer.

use deadpool_postgres::Transaction;
use polis_actors::consumer::{Applying, Incoming, Projection, ProjectionError};
use polis_offers::{ProductState, latest, upsert_products, upsert_tariffs};
use polis_proto::Envelope;

/// Keeps what insurers offer.
pub struct OffersProjection;

impl Projection for OffersProjection {
    type Event = ProductState;

    fn decode(&self, envelope: &Envelope) -> Result<ProductState, String> {
        ProductState::decode(envelope)
    }

    fn apply<'a>(&'a self, transaction: &'a Transaction<'a>, batch: &'a [&'a Incoming<ProductState>]) -> Applying<'a> {
        Box::pin(apply(transaction, batch))
    }
}

/// Tariffs of an older revision are taken too: what a tariff was, and until when, is not undone by what came after it.
async fn apply(transaction: &Transaction<'_>, batch: &[&Incoming<ProductState>]) -> Result<(), ProjectionError> {
    let latest = latest(batch);
    upsert_products(transaction, &latest).await?;
    upsert_tariffs(transaction, &latest).await
}
