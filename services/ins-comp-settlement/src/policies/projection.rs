//! Policy events into the table of what was sold.

use std::collections::BTreeMap;

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use jiff::civil::Date;
use polis_actors::consumer::{Applying, Incoming, Projection, ProjectionError};
use polis_actors::database::Run;
use polis_proto::Envelope;
use polis_schema::sql::policies;
use rust_decimal::Decimal;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::PolicyState;
use crate::breaks::{Changed, note_changes};
use crate::matching::normalise;

/// Keeps what was sold.
pub struct PoliciesProjection;

impl Projection for PoliciesProjection {
    type Event = PolicyState;

    fn decode(&self, envelope: &Envelope) -> Result<PolicyState, String> {
        PolicyState::decode(envelope)
    }

    fn apply<'a>(&'a self, transaction: &'a Transaction<'a>, batch: &'a [&'a Incoming<PolicyState>]) -> Applying<'a> {
        Box::pin(apply(transaction, batch))
    }
}

/// Of several events about one policy the newest state, with the time of issue that only the first one has.
fn latest(batch: &[&Incoming<PolicyState>]) -> Vec<PolicyState> {
    let mut by_number: BTreeMap<&str, PolicyState> = BTreeMap::new();
    for event in batch.iter().map(|incoming| &incoming.event) {
        let known = by_number.entry(&event.policy_number).or_insert_with(|| event.clone());
        let issued_at = known.issued_at.or(event.issued_at);
        if event.revision > known.revision {
            known.clone_from(event);
        }
        known.issued_at = issued_at;
    }
    by_number.into_values().collect()
}

async fn apply(transaction: &Transaction<'_>, batch: &[&Incoming<PolicyState>]) -> Result<(), ProjectionError> {
    let latest = latest(batch);
    let text = |of: fn(&PolicyState) -> &str| latest.iter().map(of).collect::<Vec<_>>();
    let number = |of: fn(&PolicyState) -> i64| latest.iter().map(of).collect::<Vec<_>>();
    let applications: Vec<Uuid> = latest.iter().map(|policy| policy.application_id).collect();
    let premiums: Vec<Decimal> = latest.iter().map(|policy| policy.premium).collect();
    let from: Vec<Date> = latest.iter().map(|policy| policy.starts_on).collect();
    let to: Vec<Date> = latest.iter().map(|policy| policy.ends_on).collect();
    let issued: Vec<Option<Timestamp>> = latest.iter().map(|policy| policy.issued_at).collect();
    let cancelled: Vec<Option<Date>> = latest.iter().map(|policy| policy.cancelled_from).collect();
    let refunds: Vec<Decimal> = latest.iter().map(|policy| policy.refund).collect();
    let changed: Vec<Timestamp> = latest.iter().map(|policy| policy.changed_at).collect();
    let (numbers, insurers) = (text(|policy| &policy.policy_number), text(|policy| &policy.insurer_id));
    let keys: Vec<String> = numbers.iter().map(|number| normalise(number)).collect();
    let columns: [&(dyn ToSql + Sync); 18] = [
        &numbers,
        &applications,
        &number(|policy| policy.revision),
        &insurers,
        &text(|policy| &policy.product_id),
        &number(|policy| policy.product_revision),
        &text(|policy| &policy.tariff_id),
        &number(|policy| policy.tariff_version),
        &text(|policy| &policy.line),
        &text(|policy| &policy.currency),
        &premiums,
        &from,
        &to,
        &issued,
        &cancelled,
        &refunds,
        &changed,
        &keys,
    ];
    transaction.run(&policies::UPSERT, &columns).await?;
    let changes = numbers.iter().zip(&insurers).zip(&keys);
    let changes: Vec<_> = changes.map(|((number, insurer), key)| Changed { insurer, key, number }).collect();
    note_changes(transaction, &changes).await?;
    Ok(())
}
