//! Policy events into the table of what was sold.

use std::collections::{BTreeMap, BTreeSet};

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

/// A version of a tariff: insurer, product, tariff, version.
type Tariff<'a> = (&'a str, &'a str, &'a str, i64);

fn tariff(policy: &PolicyState) -> Tariff<'_> {
    (&policy.insurer_id, &policy.product_id, &policy.tariff_id, policy.tariff_version)
}

/// Policies and tariffs come by different topics: a policy that is ahead of the tariff that it was sold at waits for it.
async fn wait_for_tariffs(
    transaction: &Transaction<'_>, batch: &[&Incoming<PolicyState>],
) -> Result<(), ProjectionError> {
    let tariffs: BTreeSet<Tariff<'_>> = batch.iter().map(|incoming| tariff(&incoming.event)).collect();
    let insurers: Vec<&str> = tariffs.iter().map(|tariff| tariff.0).collect();
    let products: Vec<&str> = tariffs.iter().map(|tariff| tariff.1).collect();
    let ids: Vec<&str> = tariffs.iter().map(|tariff| tariff.2).collect();
    let versions: Vec<i64> = tariffs.iter().map(|tariff| tariff.3).collect();
    let rows = transaction.all(&policies::WITHOUT_TARIFF, &[&insurers, &products, &ids, &versions]).await?;
    let missing: BTreeSet<Tariff<'_>> =
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let waits = batch.iter().filter(|incoming| missing.contains(&tariff(&incoming.event)));
    let reason = |policy: &PolicyState| {
        let (insurer, product, id, version) = tariff(policy);
        format!("no product event has told of tariff {id}, version {version}, of {insurer}/{product} yet")
    };
    Err(ProjectionError::Waiting(waits.map(|incoming| (incoming.offset, reason(&incoming.event))).collect()))
}

async fn apply(transaction: &Transaction<'_>, batch: &[&Incoming<PolicyState>]) -> Result<(), ProjectionError> {
    wait_for_tariffs(transaction, batch).await?;
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
