//! Policies that changed while breaks of them stand: noted together with the events, looked at by the rechecker.
//!
//! Whoever applies an event does not see the breaks of a run that is about to end. While one is under way everything is noted, and
//! waits for its end; what came before that the run looks for itself, when it ends.

use deadpool_postgres::Transaction;
use polis_actors::database::{DatabaseError, Run};
use polis_schema::sql::breaks;

/// A policy that an event was about.
#[derive(Clone, Copy, Debug)]
pub struct Changed<'c> {
    /// With whom.
    pub insurer: &'c str,
    /// The form of its number, as [`normalise`](crate::matching::normalise) makes it.
    pub key: &'c str,
    /// Its number.
    pub number: &'c str,
}

/// Notes policies that changed, in the transaction that changes them; behind the change, so that no run can miss both.
///
/// # Errors
/// When the database is away.
pub async fn note_changes(transaction: &Transaction<'_>, changed: &[Changed<'_>]) -> Result<(), DatabaseError> {
    let column = |of: for<'c> fn(&Changed<'c>) -> &'c str| changed.iter().map(of).collect::<Vec<_>>();
    let (insurers, keys) = (column(|changed| changed.insurer), column(|changed| changed.key));
    let numbers = column(|changed| changed.number);
    transaction.run(&breaks::CHECK, &[&insurers, &keys, &numbers]).await.map(drop)
}

/// A policy that waits to be looked at.
#[derive(Clone, Debug)]
pub(super) struct Check {
    pub(super) id: i64,
    pub(super) key: String,
    pub(super) policy_number: String,
}

impl Check {
    /// Those of an insurer that have waited longest. There are none while a run of it is under way.
    pub(super) async fn page(client: &impl Run, insurer: &str, most: i64) -> Result<Vec<Self>, DatabaseError> {
        let rows = client.all(&breaks::CHECKS, &[&insurer, &most]).await?;
        Ok(rows.iter().map(|row| Self { id: row.get(0), key: row.get(1), policy_number: row.get(2) }).collect())
    }

    /// These were looked at.
    pub(super) async fn forget(client: &impl Run, checks: &[Self]) -> Result<(), DatabaseError> {
        let ids: Vec<i64> = checks.iter().map(|check| check.id).collect();
        client.run(&breaks::DROP_CHECKS, &[&ids]).await.map(drop)
    }
}
