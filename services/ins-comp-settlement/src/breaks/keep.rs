//! What became of breaks that were matched again, with its history.

use std::collections::BTreeMap;

use deadpool_postgres::Transaction;
use polis_actors::database::{DatabaseError, Run};
use polis_schema::sql::breaks;
use rust_decimal::Decimal;
use tokio_postgres::types::ToSql;

use super::basis::Basis;
use super::follow::OTHER_AMOUNTS;
use super::islands::Known;
use super::rematch::{Found, Rematched};
use super::state::{Happened, State, after};
use crate::matching::{Amounts, Period, TariffSays};

/// Who does it.
const BY: &str = "event";

/// How many breaks something happened to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) found: u64,
    pub(super) changed: u64,
    pub(super) gone: u64,
}

/// A break as it is stored.
struct Stored {
    id: i64,
    state: State,
    amounts: [Option<Decimal>; 3],
}

/// Keeps what became of an island. Of breaks that stand as they stood only the words may be others. One that is corrected stays so:
/// somebody said that although it is in this register, and whether it holds the next run says.
pub(super) async fn keep(
    transaction: &Transaction<'_>, insurer: &str, basis: &Basis, known: &[Known], rematched: &Rematched, why: &str,
) -> Result<Kept, DatabaseError> {
    let stored = stored(transaction, insurer, basis.matching.period, rematched).await?;
    let mut kept = Kept { gone: settle(transaction, known, rematched, why).await?, ..Kept::default() };
    for found in &rematched.found {
        match stored.get(found.found.id.as_str()) {
            None => {
                open(transaction, insurer, basis, found, why).await?;
                kept.found += 1;
            }
            Some(stored) if stored.state == State::Corrected => {}
            Some(stored) => kept.changed += u64::from(amend(transaction, stored, found, why).await?),
        }
    }
    Ok(kept)
}

async fn stored(
    transaction: &Transaction<'_>, insurer: &str, period: Period, rematched: &Rematched,
) -> Result<BTreeMap<String, Stored>, DatabaseError> {
    let identities: Vec<&str> = rematched.found.iter().map(|found| found.found.id.as_str()).collect();
    let rows = transaction.all(&breaks::IDENTIFIED, &[&insurer, &period.from, &period.to, &identities]).await?;
    let stored = rows.iter().map(|row| {
        // Only names that are known are ever written.
        let state = State::named(row.get(2)).unwrap_or(State::FIRST);
        (row.get(0), Stored { id: row.get(1), state, amounts: [row.get(3), row.get(4), row.get(5)] })
    });
    Ok(stored.collect())
}

async fn settle(
    transaction: &Transaction<'_>, known: &[Known], rematched: &Rematched, why: &str,
) -> Result<u64, DatabaseError> {
    let gone = known.iter().filter(|known| rematched.gone.contains(&known.id));
    let gone = gone.filter_map(|known| Some((known.id, after(Some(known.state), Happened::Gone).ok()?.as_str())));
    let (ids, states): (Vec<i64>, Vec<&str>) = gone.unzip();
    if ids.is_empty() {
        return Ok(0);
    }
    let whys = vec![why; ids.len()];
    transaction.run(&breaks::SETTLED, &[&ids, &states, &whys, &BY]).await
}

async fn open(
    transaction: &Transaction<'_>, insurer: &str, basis: &Basis, found: &Found, why: &str,
) -> Result<(), DatabaseError> {
    let Period { from, to } = basis.matching.period;
    let (identity, kind, state) = (found.found.id.as_str(), found.found.kind.as_str(), State::FIRST.as_str());
    let place: [&(dyn ToSql + Sync); 7] = [&insurer, &from, &to, &identity, &kind, &state, &basis.run];
    let about = About::of(found);
    transaction.run(&breaks::OPENED, &[&place[..], &about.columns(), &[&BY, &why]].concat()).await.map(drop)
}

/// Answers whether its amounts are others.
async fn amend(
    transaction: &Transaction<'_>, stored: &Stored, found: &Found, why: &str,
) -> Result<bool, DatabaseError> {
    let Amounts { ours, theirs, difference } = found.found.amounts;
    let changed = (stored.amounts != [ours, theirs, difference]).then(|| after(Some(stored.state), Happened::Changed));
    let changed = changed.and_then(Result::ok);
    let state = changed.unwrap_or(stored.state);
    let why = if state == stored.state { why.to_owned() } else { format!("{why}: {OTHER_AMOUNTS}") };
    let what = changed.map(|_| Happened::Changed.as_str());
    let place: [&(dyn ToSql + Sync); 2] = [&stored.id, &state.as_str()];
    let about = About::of(found);
    transaction.run(&breaks::AMENDED, &[&place[..], &about.columns(), &[&what, &BY, &why]].concat()).await?;
    Ok(changed.is_some())
}

/// What a break is about, for both statements in the same order.
struct About<'f> {
    found: &'f Found,
    lines: Vec<i64>,
    tariff_says: Option<&'static str>,
}

impl<'f> About<'f> {
    fn of(found: &'f Found) -> Self {
        let lines = found.found.lines.iter().map(|line| i64::try_from(*line).unwrap_or(i64::MAX)).collect();
        Self { found, lines, tariff_says: found.found.tariff_says.map(TariffSays::as_str) }
    }

    /// Policies, lines, keys, ours, theirs, difference, whom the tariff confirms, explanations.
    fn columns(&self) -> [&(dyn ToSql + Sync); 9] {
        let Found { found, keys } = self.found;
        let Amounts { ours, theirs, difference } = &found.amounts;
        let (ru, en) = (&found.explanation.ru, &found.explanation.en);
        [&found.policies, &self.lines, keys, ours, theirs, difference, &self.tariff_says, ru, en]
    }
}
