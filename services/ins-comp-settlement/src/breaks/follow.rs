//! After a run: what it has found is held against the breaks that stand, in the transaction that ends the run.

use deadpool_postgres::Transaction;
use jiff::civil::Date;
use polis_actors::database::{DatabaseError, Run};
use polis_schema::sql::{breaks, runs};
use tokio_postgres::types::ToSql;

use super::state::{State, Transitions};

/// Why a break is open again that somebody had decided upon.
pub(super) const OTHER_AMOUNTS: &str = "the decision was about other amounts";

/// Nobody has counted yet what has just been written: what is taken for a few rows would be looked up one by one, each time through
/// all that was written since.
const READ_ONCE: &str = "set local enable_nestloop = off";
const AS_EVER: &str = "set local enable_nestloop to default";

/// Takes over what a run has found: new breaks stand open, known ones are what the run says of them, those that it does not find any
/// more are corrected. A run that ends after a later one of the same period changes nothing.
///
/// Whoever decides or matches breaks of this insurer again waits until the transaction ends.
///
/// # Errors
/// When the database is away.
pub async fn follow(
    transaction: &Transaction<'_>, run: i64, insurer: &str, from: Date, to: Date,
) -> Result<(), DatabaseError> {
    transaction.first(&runs::ALONE, &[&insurer]).await?;
    if transaction.first(&breaks::OVERTAKEN, &[&run]).await?.is_none_or(|row| row.get(0)) {
        tracing::info!(run, insurer, "a later run of the period has ended: breaks stay as that has left them");
        return Ok(());
    }
    let (by, not_found) = (format!("run {run}"), format!("run {run} does not find it any more"));
    let Transitions { before, what, after } = Transitions::all();
    let period: [&(dyn ToSql + Sync); 4] = [&run, &insurer, &from, &to];
    let rules: [&(dyn ToSql + Sync); 4] = [&before, &what, &after, &by];
    transaction.batch_execute(READ_ONCE).await?;
    let changed = transaction.run(&breaks::SEEN, &[&period[..], &rules, &[&OTHER_AMOUNTS]].concat()).await?;
    let found = transaction.run(&breaks::FOUND, &[&period[..], &[&State::FIRST.as_str(), &by]].concat()).await?;
    transaction.batch_execute(AS_EVER).await?;
    let gone = transaction.run(&breaks::GONE, &[&period[..], &rules, &[&not_found]].concat()).await?;
    let again = transaction.run(&breaks::CHECK_SINCE, &[&run, &insurer]).await?;
    tracing::info!(run, insurer, found, changed, gone, again, "breaks follow the run");
    Ok(())
}
