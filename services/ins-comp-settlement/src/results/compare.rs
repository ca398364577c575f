//! A run beside an earlier one of the same insurer and period: which breaks are new, gone, changed.

use polis_actors::database::{self, DatabaseError};
use polis_schema::sql::runs;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio_postgres::Row;

use crate::runs::{Run, RunBreak};

/// Where the columns of the earlier and of the later run begin.
const BEFORE: usize = 2;
const AFTER: usize = 13;

/// What two runs have found, by the identity of breaks.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// The earlier run.
    pub earlier: i64,
    /// The later one.
    pub later: i64,
    /// Only in the later one.
    pub new: Vec<RunBreak>,
    /// Only in the earlier one.
    pub gone: Vec<RunBreak>,
    /// In both, and not the same.
    pub changed: Vec<Changed>,
    /// How many are the same in both.
    pub same: u64,
    /// How many are new, gone or changed and not listed: lists are bounded.
    pub unlisted: u64,
}

/// A break that two runs have found with other amounts or days.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// As the earlier run found it.
    pub before: RunBreak,
    /// As the later one did.
    pub after: RunBreak,
}

/// Why two runs are not compared.
#[derive(Debug, Error)]
pub enum CompareError {
    /// No such run.
    #[error("there is no run {0}")]
    NoRun(i64),
    /// It has no result.
    #[error("run {0} is {1}; only runs that are done are compared")]
    NotDone(i64, String),
    /// Nothing is before it.
    #[error("no run of the same insurer and period was done before: {0}; name the one that it is to be compared with")]
    First(String),
    /// They are about something else.
    #[error("{0}, {1}; only runs of the same insurer and period are compared")]
    Others(String, String),
    /// The database said no.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Compares a run with another one of the same insurer and period, the last one done before it when none is named. At most
/// `most` are listed of each kind of difference.
///
/// # Errors
/// When there is nothing to compare, or it cannot be.
pub async fn compare(
    client: &impl database::Run, id: i64, with: Option<i64>, most: i64,
) -> Result<Comparison, CompareError> {
    let run = done(client, id).await?;
    let other = match with {
        Some(with) => done(client, with).await?,
        None => run.before(client).await?.ok_or_else(|| CompareError::First(named(&run)))?,
    };
    let of = |run: &Run| (run.insurer_id.clone(), run.period_from, run.period_to);
    if of(&run) != of(&other) {
        return Err(CompareError::Others(named(&run), named(&other)));
    }
    let (earlier, later) = (run.id.min(other.id), run.id.max(other.id));
    let mut comparison = Comparison { earlier, later, ..Comparison::default() };
    for row in client.all(&runs::COMPARE, &[&earlier, &later, &most]).await? {
        comparison.add(&row);
    }
    let Comparison { new, gone, changed, unlisted, .. } = &mut comparison;
    *unlisted -= (new.len() + gone.len() + changed.len()) as u64;
    Ok(comparison)
}

impl Comparison {
    /// Until all are added, `unlisted` counts what is listed as well.
    fn add(&mut self, row: &Row) {
        let together = u64::try_from(row.get::<_, i64>(1)).unwrap_or_default();
        let (before, after) = (|| RunBreak::of(row, BEFORE), || RunBreak::of(row, AFTER));
        match row.get(0) {
            "new" => self.new.push(after()),
            "gone" => self.gone.push(before()),
            "changed" => self.changed.push(Changed { before: before(), after: after() }),
            _ => {
                self.same = together;
                return;
            }
        }
        self.unlisted += together;
    }
}

/// A run that has a result.
async fn done(client: &impl database::Run, id: i64) -> Result<Run, CompareError> {
    let run = Run::load(client, id).await?.ok_or(CompareError::NoRun(id))?;
    if run.state == "done" { Ok(run) } else { Err(CompareError::NotDone(id, run.state)) }
}

fn named(run: &Run) -> String {
    format!("run {} is of {} for {} to {}", run.id, run.insurer_id, run.period_from, run.period_to)
}
