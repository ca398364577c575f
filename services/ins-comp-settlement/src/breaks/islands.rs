//! Breaks that have to do with each other, by the numbers that they are about.

use std::collections::BTreeMap;

use super::state::State;

/// A break that stands, as far as it takes to match it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// Its number.
    pub(super) id: i64,
    /// How it stands.
    pub(super) state: State,
    /// The same for the same break in every run.
    pub(super) identity: String,
    /// Numbers of our policies.
    pub(super) policies: Vec<String>,
    /// Places of lines.
    pub(super) lines: Vec<i64>,
    /// Forms of the numbers of both.
    pub(super) keys: Vec<String>,
}

impl Known {
    /// Places of lines, as lines have them.
    pub(super) fn places(&self) -> impl Iterator<Item = u64> {
        self.lines.iter().map(|place| u64::try_from(*place).unwrap_or_default())
    }
}

/// Breaks that share numbers with each other and with no other break, in the order in which they came.
pub(super) fn islands(known: Vec<Known>) -> Vec<Vec<Known>> {
    let mut parents: Vec<usize> = (0..known.len()).collect();
    let mut by_key: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, found) in known.iter().enumerate() {
        for key in &found.keys {
            let other = *by_key.entry(key).or_insert(at);
            let (one, other) = (root(&mut parents, at), root(&mut parents, other));
            parents[one.max(other)] = one.min(other);
        }
    }
    let mut islands: BTreeMap<usize, Vec<Known>> = BTreeMap::new();
    for (at, found) in known.into_iter().enumerate() {
        islands.entry(root(&mut parents, at)).or_default().push(found);
    }
    islands.into_values().collect()
}

fn root(parents: &mut [usize], mut at: usize) -> usize {
    while parents[at] != at {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shares_a_number_hangs_together_in_whatever_order() {
        let keys = [&["A", "B"][..], &["C"], &["D", "E"], &["B", "D"], &[]];
        for turn in 0..keys.len() {
            let mut turned = keys;
            turned.rotate_left(turn);
            let known = turned.iter().zip(1..).map(|(keys, id)| Known {
                id,
                state: State::Open,
                identity: String::new(),
                policies: Vec::new(),
                lines: Vec::new(),
                keys: keys.iter().map(|key| (*key).to_owned()).collect(),
            });
            let mut sizes: Vec<usize> = islands(known.collect()).iter().map(Vec::len).collect();
            sizes.sort_unstable();
            assert_eq!(sizes, [1, 1, 3], "{turned:?}");
        }
    }
}
