//! What a run was matched by: its period, day and rules, and its register. Breaks that it has found are matched again by the same,
//! with policies as they are now, so that only what policies have become can change anything. Rules that were changed since count
//! from the next run on.

use deadpool_postgres::Transaction;
use polis_actors::database::{DatabaseError, Run};
use polis_schema::sql::breaks;
use tokio_postgres::types::{Json, ToSql};

use crate::insurers::Insurer;
use crate::matching::{self, Period, Policy, Rules};
use crate::register::Line;
use crate::runs::{line, policy};

/// What a run was matched by.
#[derive(Clone, Debug)]
pub(super) struct Basis {
    pub(super) run: i64,
    pub(super) register: i64,
    pub(super) rules: Rules,
    pub(super) matching: matching::Run,
}

impl Basis {
    /// Nothing when it cannot be had any more: the register has lost its lines, or their keys are not those of the run.
    pub(super) async fn load(transaction: &Transaction<'_>, run: i64) -> Result<Option<Self>, DatabaseError> {
        let Some(row) = transaction.first(&breaks::BASIS, &[&run]).await? else { return Ok(None) };
        let rules = match serde_json::from_value(row.get::<_, Json<serde_json::Value>>(5).0) {
            Ok(rules) => rules,
            Err(error) => {
                tracing::warn!(run, %error, "the rules of the run cannot be read any more; its breaks wait for another run");
                return Ok(None);
            }
        };
        let matching = matching::Run {
            currency: row.get(3),
            period: Period { from: row.get(1), to: row.get(2) },
            today: row.get(4),
            most_left_over: usize::MAX,
        };
        Ok(Some(Self { run, register: row.get(0), rules, matching }))
    }

    /// Policies of these keys as they are now: those that a run would be given.
    pub(super) async fn policies(
        &self, transaction: &Transaction<'_>, insurer: &Insurer, keys: &[&str],
    ) -> Result<Vec<Policy>, DatabaseError> {
        let zone = insurer.time_zone.iana_name().unwrap_or("UTC");
        let matching::Run { currency, period, .. } = &self.matching;
        let wanted: [&(dyn ToSql + Sync); 7] =
            [&insurer.id, currency, &self.register, &period.from, &period.to, &zone, &keys];
        Ok(transaction.all(&breaks::POLICIES, &wanted).await?.iter().map(policy).collect())
    }

    /// Lines of the register, of these keys or at these places.
    pub(super) async fn lines(
        &self, transaction: &Transaction<'_>, keys: &[&str], places: &[i64],
    ) -> Result<Vec<Line>, DatabaseError> {
        Ok(transaction.all(&breaks::LINES, &[&self.register, &keys, &places]).await?.iter().map(line).collect())
    }
}
