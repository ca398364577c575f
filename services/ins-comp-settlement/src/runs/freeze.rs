//! Freezing what a run depends on: a copy of what was sold, the rules, the day, and where the service stood in the topics. What
//! comes later changes nothing of it, so that a run that is begun again, or verified, does the same.

use jiff::Timestamp;
use jiff::civil::Date;
use polis_actors::database::{Database, Run};
use polis_actors::lease::Held;
use polis_schema::sql::{parts, runs};
use sha2::{Digest, Sha256};
use tokio_postgres::types::{Json, ToSql};

use super::error::RunError;
use super::keys;
use crate::insurers::Insurer;
use crate::matching::{self, Period, Rules};

/// Where the copies of policies are.
const POLICIES: &str = "run_policies";
/// For what a transaction sorts and joins; more of it goes through files.
pub(super) const ROOM: &str = "set local work_mem = '64MB'";

/// What a run is about.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) run: i64,
    pub(super) register: i64,
    pub(super) insurer: String,
    pub(super) period: Period,
    pub(super) currency: String,
}

/// The input of a run.
#[derive(Clone, Debug)]
pub(super) struct Frozen {
    pub(super) subject: Subject,
    pub(super) today: Date,
    pub(super) rules: Rules,
    pub(super) result_sha256: Option<Vec<u8>>,
    pub(super) state: String,
}

impl Frozen {
    /// What the merge is told.
    pub(super) fn run(&self, most_left_over: usize) -> matching::Run {
        let Subject { period, currency, .. } = &self.subject;
        matching::Run { currency: currency.clone(), period: *period, today: self.today, most_left_over }
    }

    /// What was frozen for a run.
    pub(super) async fn load(client: &impl Run, run: i64) -> Result<Self, RunError> {
        let row = client.first(&runs::FROZEN, &[&run]).await?.ok_or(RunError::NotFrozen(run))?;
        let subject = Subject {
            run,
            register: row.get(0),
            insurer: row.get(1),
            period: Period { from: row.get(2), to: row.get(3) },
            currency: row.get(4),
        };
        let rules = serde_json::from_value(row.get::<_, Json<serde_json::Value>>(6).0).map_err(RunError::Frozen)?;
        Ok(Self { subject, today: row.get(5), rules, result_sha256: row.get(8), state: row.get(9) })
    }
}

/// Freezes the input of a run. One statement copies and notes all of it, so that it is of one moment; a transaction that keeps to one
/// snapshot would do so as well, but could not see that its lease was renewed meanwhile, and so never commit.
pub(super) async fn freeze(
    database: &Database, subject: &Subject, insurer: &Insurer, held: &Held,
) -> Result<(), RunError> {
    let Subject { run, register, period, currency, .. } = subject;
    let zone = insurer.time_zone.iana_name().unwrap_or("UTC");
    let today = Timestamp::now().to_zoned(insurer.time_zone.clone()).date();
    let rules = serde_json::to_value(&insurer.rules).map_err(RunError::Frozen)?;
    let hash = Sha256::digest(rules.to_string().as_bytes()).to_vec();

    let mut client = database.get().await?;
    let transaction = client.transaction().await?;
    keys::renew(&transaction, *register, &insurer.rules.numbering).await?;
    transaction.batch_execute(ROOM).await?;
    transaction.first(&parts::BEGIN, &[&POLICIES, run]).await?;
    transaction.first(&parts::ATTACH, &[&POLICIES, run]).await?;
    let whose: [&(dyn ToSql + Sync); 4] = [run, &insurer.id, currency, register];
    let when: [&(dyn ToSql + Sync); 4] = [&period.from, &period.to, &zone, &today];
    transaction.run(&runs::FREEZE, &[&whose[..], &when, &[&Json(&rules), &hash]].concat()).await?;
    if held.commit(transaction).await? { Ok(()) } else { Err(RunError::Lost) }
}
