//! How far a sequence may be trusted.
//!
//! Sequence numbers are given out before their transactions commit, so a reader that has seen a number may not have
//! seen a lower one. A missing number is a gap until its row appears, or until no transaction that could still write
//! it is left. The trigger of an outbox gives a transaction its id before the row gets its number, hence: whoever may
//! fill a gap had an id below the snapshot horizon (`xmax`) taken after the gap was seen, and once the oldest
//! transaction in flight (`xmin`) has reached that horizon, a row that is still missing will never exist.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Transaction ids of a snapshot, `pg_snapshot_xmin` and `pg_snapshot_xmax`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Horizon {
    pub(crate) xmin: i64,
    pub(crate) xmax: i64,
}

/// The gaps below what has been read.
#[derive(Debug, Default)]
pub(crate) struct Gaps {
    /// Last number read.
    read_to: i64,
    /// First number of each gap, its last number, and the horizon behind which it is dead.
    open: BTreeMap<i64, (i64, Option<i64>)>,
}

impl Gaps {
    /// Everything up to that number is done.
    pub(crate) fn starting_at(floor: i64) -> Self {
        Self { read_to: floor, open: BTreeMap::new() }
    }

    pub(crate) fn read_to(&self) -> i64 {
        self.read_to
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// The first number that is still missing; none when there is no gap.
    pub(crate) fn first(&self) -> Option<i64> {
        self.open.first_key_value().map(|(first, _)| *first)
    }

    /// First and last numbers of the gaps, for reading them again.
    pub(crate) fn ranges(&self) -> (Vec<i64>, Vec<i64>) {
        self.open.iter().map(|(first, (last, _))| (*first, *last)).unzip()
    }

    /// A row was seen. Numbers between the last one read and this one become a gap.
    pub(crate) fn seen(&mut self, seq: i64) {
        if seq > self.read_to {
            if seq > self.read_to + 1 {
                self.open.insert(self.read_to + 1, (seq - 1, None));
            }
            self.read_to = seq;
            return;
        }
        let Some((&first, &(last, horizon))) = self.open.range(..=seq).next_back() else { return };
        if seq > last {
            return;
        }
        self.open.remove(&first);
        for rest in [first..=seq - 1, seq + 1..=last] {
            self.insert(rest, horizon);
        }
    }

    fn insert(&mut self, numbers: RangeInclusive<i64>, horizon: Option<i64>) {
        if !numbers.is_empty() {
            self.open.insert(*numbers.start(), (*numbers.end(), horizon));
        }
    }

    /// Judges the gaps by a horizon that was taken before they were last read: who had ended by then has shown its
    /// rows in that reading, or has none.
    pub(crate) fn judge(&mut self, before: Horizon) {
        self.open.retain(|_, (_, horizon)| horizon.is_none_or(|xmax| before.xmin < xmax));
    }

    /// Bounds the gaps that are not bounded yet, by a horizon taken after they were seen.
    pub(crate) fn bound(&mut self, after: Horizon) {
        for (_, horizon) in self.open.values_mut() {
            horizon.get_or_insert(after.xmax);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(xmin: i64, xmax: i64) -> Horizon {
        Horizon { xmin, xmax }
    }

    fn open(gaps: &Gaps) -> Vec<(i64, i64)> {
        let (first, last) = gaps.ranges();
        first.into_iter().zip(last).collect()
    }

    #[test]
    fn a_jump_opens_a_gap_that_a_late_row_closes() {
        let mut gaps = Gaps::starting_at(10);
        for seq in [11, 15, 16, 20] {
            gaps.seen(seq);
        }
        assert_eq!(open(&gaps), [(12, 14), (17, 19)]);
        gaps.seen(13);
        assert_eq!(open(&gaps), [(12, 12), (14, 14), (17, 19)]);
        for seq in [12, 14, 17, 18, 19] {
            gaps.seen(seq);
        }
        assert!(gaps.is_empty());
        assert_eq!(gaps.read_to(), 20);
    }

    #[test]
    fn a_gap_lives_while_somebody_may_fill_it() {
        let mut gaps = Gaps::starting_at(0);
        gaps.seen(2);
        gaps.bound(at(100, 105));
        gaps.judge(at(104, 200));
        assert_eq!(gaps.first(), Some(1), "transaction 104 is in flight and may hold number 1");
        gaps.judge(at(105, 200));
        assert_eq!(gaps.first(), None, "all below 105 have ended; number 1 was rolled back");
    }

    #[test]
    fn a_gap_is_not_judged_before_it_is_bounded() {
        let mut gaps = Gaps::starting_at(0);
        gaps.seen(2);
        gaps.judge(at(1_000, 1_000));
        assert_eq!(gaps.first(), Some(1));
    }

    #[test]
    fn seeing_a_row_twice_changes_nothing() {
        let mut gaps = Gaps::starting_at(0);
        for seq in [1, 3, 3, 1] {
            gaps.seen(seq);
        }
        assert_eq!(open(&gaps), [(2, 2)]);
    }
}
