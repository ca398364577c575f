//! A page of policies that changed: the breaks that they concern are matched again, and what became of them is kept.

use std::collections::{BTreeMap, BTreeSet};

use deadpool_postgres::Transaction;
use polis_actors::database::{DatabaseError, Run};
use polis_schema::sql::{breaks, runs};

use super::basis::Basis;
use super::checks::Check;
use super::concerned::Concerned;
use super::islands::Known;
use super::keep::{Kept, keep};
use super::rematch::{Island, rematch};
use crate::insurers::Insurer;
use crate::matching::{Policy, normalise};
use crate::register::Line;

/// Policies that are looked at together.
const PAGE: i64 = 500;
/// More numbers than these are not read.
const NAMED: usize = 3;

/// Looks at some of the changed policies of an insurer, and answers at how many. Nobody else touches breaks of the insurer until
/// the transaction ends: a run that comes to its end meanwhile is followed after that.
pub(super) async fn recheck(transaction: &Transaction<'_>, insurer: &Insurer) -> Result<usize, DatabaseError> {
    transaction.first(&runs::ALONE, &[&insurer.id]).await?;
    let checks = Check::page(transaction, &insurer.id, PAGE).await?;
    // Several events about one policy are one change of it.
    let mut changed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for check in &checks {
        changed.entry(&check.key).or_default().insert(&check.policy_number);
    }
    transaction.run(&breaks::HOLD_LINES, &[]).await?;
    let keys = changed.keys().map(|key| (*key).to_owned());
    let concerned = Concerned::load(transaction, &insurer.id, keys).await?;
    for (run, islands) in concerned.islands(|key| changed.contains_key(key)) {
        let Some(basis) = Basis::load(transaction, run).await? else { continue };
        let look = Look { transaction, insurer, basis: &basis, changed: &changed };
        look.at(islands).await?;
    }
    Check::forget(transaction, &checks).await?;
    Ok(checks.len())
}

/// Islands of breaks of one run.
struct Look<'l> {
    transaction: &'l Transaction<'l>,
    insurer: &'l Insurer,
    basis: &'l Basis,
    changed: &'l BTreeMap<&'l str, BTreeSet<&'l str>>,
}

impl Look<'_> {
    async fn at(&self, islands: Vec<Vec<Known>>) -> Result<(), DatabaseError> {
        for island in self.filled(islands).await? {
            let why = self.why(&island.known);
            let rematched = match rematch(&self.basis.matching, &self.basis.rules, &island) {
                Ok(rematched) => rematched,
                Err(error) => {
                    tracing::warn!(insurer = self.insurer.id, why, %error, "breaks cannot be matched again, and wait for a run");
                    continue;
                }
            };
            let Some(rematched) = rematched else {
                tracing::info!(insurer = self.insurer.id, why, "what it changes cannot be told without a run");
                continue;
            };
            let (id, known) = (&self.insurer.id, &island.known);
            let kept = keep(self.transaction, id, self.basis, known, &rematched, &why).await?;
            if kept != Kept::default() {
                let Kept { found, changed, gone } = kept;
                tracing::info!(insurer = id, why, found, changed, gone, "breaks were matched again");
            }
        }
        Ok(())
    }

    /// The islands with everything of their numbers.
    async fn filled(&self, islands: Vec<Vec<Known>>) -> Result<Vec<Island>, DatabaseError> {
        let empty = |known| Island { known, policies: Vec::new(), lines: Vec::new() };
        let mut islands: Vec<Island> = islands.into_iter().map(empty).collect();
        let (mut by_key, mut by_place): (BTreeMap<String, usize>, BTreeMap<i64, BTreeSet<usize>>) = Default::default();
        for (at, island) in islands.iter().enumerate() {
            for known in &island.known {
                by_key.extend(known.keys.iter().map(|key| (key.clone(), at)));
                known.lines.iter().for_each(|place| _ = by_place.entry(*place).or_default().insert(at));
            }
        }
        let keys: Vec<&str> = by_key.keys().map(String::as_str).collect();
        let places: Vec<i64> = by_place.keys().copied().collect();
        for policy in self.basis.policies(self.transaction, self.insurer, &keys).await? {
            if let Some(island) = island_of(&policy, &by_key).and_then(|at| islands.get_mut(at)) {
                island.policies.push(policy);
            }
        }
        for line in self.basis.lines(self.transaction, &keys, &places).await? {
            for at in self.of_line(&line, &by_key, &by_place) {
                islands[at].lines.push(line.clone());
            }
        }
        Ok(islands)
    }

    /// A line is where its number is; one without a number of an island is where it is named.
    fn of_line(
        &self, line: &Line, by_key: &BTreeMap<String, usize>, by_place: &BTreeMap<i64, BTreeSet<usize>>,
    ) -> Vec<usize> {
        let key = self.basis.rules.numbering.key_of_line(&line.policy_number);
        let named = || by_place.get(&i64::try_from(line.number).unwrap_or(i64::MAX)).into_iter().flatten().copied();
        by_key.get(&key).map_or_else(|| named().collect(), |at| vec![*at])
    }

    /// Which policies had it looked at.
    fn why(&self, known: &[Known]) -> String {
        let keys: BTreeSet<&str> = known.iter().flat_map(|known| &known.keys).map(String::as_str).collect();
        let numbers = keys.iter().filter_map(|key| self.changed.get(key)).flatten().copied();
        why(&numbers.collect())
    }
}

fn island_of(policy: &Policy, by_key: &BTreeMap<String, usize>) -> Option<usize> {
    by_key.get(&normalise(&policy.number)).copied()
}

fn why(numbers: &BTreeSet<&str>) -> String {
    let shown = numbers.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match numbers.len() {
        0 | 1 => format!("event about policy {shown}"),
        many if many > NAMED => format!("events about policies {shown} and {} more", many - NAMED),
        _ => format!("events about policies {shown}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_names_the_policies() {
        for (numbers, expected) in [
            (&["PL-18"][..], "event about policy PL-18"),
            (&["PL-26", "PL-18"], "events about policies PL-18, PL-26"),
            (&["A", "B", "C", "D", "E"], "events about policies A, B, C and 2 more"),
        ] {
            assert_eq!(why(&numbers.iter().copied().collect()), expected);
        }
    }
}
