//! Standing breaks that changed policies concern: those about their numbers, those that share a number with one of these, and so on,
//! as far as it goes.

use std::collections::{BTreeMap, BTreeSet};

use deadpool_postgres::Transaction;
use polis_actors::database::{DatabaseError, Run};
use polis_schema::sql::breaks;
use tokio_postgres::Row;

use super::islands::{Known, islands};
use super::state::State;

/// How often it is looked for breaks that share a number with those known so far. What goes on beyond is no matter of a few policies:
/// it waits for a run.
const ROUNDS: usize = 6;
/// More breaks than these are no matter of a few policies either.
const MOST: usize = 20_000;

/// Standing breaks, by the run that found them last.
#[derive(Clone, Debug, Default)]
pub(super) struct Concerned {
    by_run: BTreeMap<i64, BTreeMap<i64, Known>>,
    /// Numbers of which it was not looked for breaks any more.
    beyond: BTreeSet<String>,
}

impl Concerned {
    /// All that have to do with these keys.
    pub(super) async fn load(
        transaction: &Transaction<'_>, insurer: &str, keys: impl IntoIterator<Item = String>,
    ) -> Result<Self, DatabaseError> {
        let mut concerned = Self { by_run: BTreeMap::new(), beyond: keys.into_iter().collect() };
        let mut asked = BTreeSet::new();
        for _ in 0..ROUNDS {
            if concerned.beyond.is_empty() || concerned.by_run.values().map(BTreeMap::len).sum::<usize>() > MOST {
                break;
            }
            let ask: Vec<String> = std::mem::take(&mut concerned.beyond).into_iter().collect();
            let rows = transaction.all(&breaks::CONCERNED, &[&insurer, &ask]).await?;
            asked.extend(ask);
            for row in &rows {
                concerned.add(row, &asked);
            }
        }
        Ok(concerned)
    }

    fn add(&mut self, row: &Row, asked: &BTreeSet<String>) {
        let known = Known {
            id: row.get(0),
            identity: row.get(2),
            // Only names that are known are ever written.
            state: State::named(row.get(3)).unwrap_or(State::FIRST),
            policies: row.get(4),
            lines: row.get(5),
            keys: row.get(6),
        };
        self.beyond.extend(known.keys.iter().filter(|key| !asked.contains(*key)).cloned());
        self.by_run.entry(row.get(1)).or_default().insert(known.id, known);
    }

    /// By run, the islands that one of these keys is in, as far as they are complete.
    pub(super) fn islands(self, of: impl Fn(&str) -> bool) -> Vec<(i64, Vec<Vec<Known>>)> {
        let Self { by_run, beyond } = self;
        let is_wanted = |island: &Vec<Known>| {
            let mut keys = island.iter().flat_map(|known| &known.keys);
            keys.clone().any(|key| of(key)) && !keys.any(|key| beyond.contains(key))
        };
        let islands_of = |known: BTreeMap<i64, Known>| islands(known.into_values().collect());
        by_run
            .into_iter()
            .map(|(run, known)| (run, islands_of(known).into_iter().filter(is_wanted).collect()))
            .filter(|(_, islands): &(i64, Vec<Vec<Known>>)| !islands.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(id: i64, keys: &[&str]) -> (i64, Known) {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        let (policies, lines) = (Vec::new(), Vec::new());
        (id, Known { id, identity: format!("premium_differs:{id}"), state: State::Open, policies, lines, keys })
    }

    #[test]
    fn islands_are_those_of_the_keys_that_changed_and_complete() {
        let by_run = BTreeMap::from([
            (7, BTreeMap::from([known(1, &["A", "B"]), known(2, &["B"]), known(3, &["C"]), known(4, &["A", "X"])])),
            (9, BTreeMap::from([known(5, &["A"]), known(6, &["D"])])),
        ]);
        let ids = |beyond: &[&str]| {
            let beyond = beyond.iter().map(|key| (*key).to_owned()).collect();
            let islands = Concerned { by_run: by_run.clone(), beyond }.islands(|key| key == "A" || key == "C");
            let ids = |island: &Vec<Known>| island.iter().map(|known| known.id).collect::<Vec<_>>();
            islands.iter().map(|(run, islands)| (*run, islands.iter().map(ids).collect())).collect::<Vec<_>>()
        };
        assert_eq!(ids(&[]), [(7, vec![vec![1, 2, 4], vec![3]]), (9, vec![vec![5]])]);
        assert_eq!(ids(&["X"]), [(7, vec![vec![3]]), (9, vec![vec![5]])]);
    }
}
