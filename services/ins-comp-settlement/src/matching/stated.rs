//! What the lines of one policy, or of several, say together.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::rules::SeveralLines;
use super::totals::Sums;
use crate::register::{Line, LineStatus};

/// The insurer's word on one match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stated {
    pub(super) premium: Decimal,
    pub(super) commission: Option<Decimal>,
    pub(super) issued_on: Option<Date>,
    pub(super) starts_on: Option<Date>,
    pub(super) ends_on: Option<Date>,
    pub(super) cancelled: bool,
    pub(super) cancelled_from: Option<Date>,
    pub(super) refund: Option<Decimal>,
}

impl Stated {
    /// Amounts add up. An instalment may be about a part of the cover, so that all of it is between the first day and
    /// the last; of endorsements the last word counts, except that a policy was issued when it was issued first.
    pub(super) fn together(lines: &[Line], several: SeveralLines) -> Self {
        let mut all = lines.iter();
        let Some(first) = all.next() else { return Self::nothing() };
        let mut stated = Self::of(first);
        let mut last_issued = first.issued_on;
        for line in all {
            let next = Self::of(line);
            stated.premium += next.premium;
            stated.commission = sum(stated.commission, next.commission);
            stated.refund = sum(stated.refund, next.refund);
            stated.issued_on = stated.issued_on.into_iter().chain(next.issued_on).min();
            if several == SeveralLines::Endorsements {
                // Lines come in the order of the register; one that was issued before another is not the last word.
                if next.issued_on < last_issued {
                    continue;
                }
                last_issued = next.issued_on;
                stated.starts_on = next.starts_on.or(stated.starts_on);
                stated.ends_on = next.ends_on.or(stated.ends_on);
                stated.cancelled = next.cancelled;
                stated.cancelled_from = next.cancelled_from.or(stated.cancelled_from);
            } else {
                stated.starts_on = stated.starts_on.into_iter().chain(next.starts_on).min();
                stated.ends_on = stated.ends_on.into_iter().chain(next.ends_on).max();
                stated.cancelled |= next.cancelled;
                stated.cancelled_from = stated.cancelled_from.into_iter().chain(next.cancelled_from).max();
            }
        }
        stated
    }

    /// Their side of these lines, whose word this is.
    pub(super) fn sums(&self, lines: &[Line]) -> Sums {
        Sums {
            count: u64::try_from(lines.len()).unwrap_or(u64::MAX),
            premium: self.premium,
            commission: self.commission.unwrap_or_default(),
            refund: self.refund.unwrap_or_default(),
        }
    }

    fn of(line: &Line) -> Self {
        Self {
            premium: line.premium,
            commission: line.commission,
            issued_on: line.issued_on,
            starts_on: line.starts_on,
            ends_on: line.ends_on,
            cancelled: line.status == LineStatus::Cancelled,
            cancelled_from: line.cancelled_from,
            refund: line.refund,
        }
    }

    fn nothing() -> Self {
        Self::of(&Line::default())
    }
}

fn sum(one: Option<Decimal>, other: Option<Decimal>) -> Option<Decimal> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one + other),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{date, decimal, line};
    use super::*;

    fn parts() -> [Line; 3] {
        let mut parts = [line(1, "PL-18", "100"), line(2, "PL-18", "50"), line(3, "PL-18", "-30")];
        for (part, (issued, starts, ends)) in parts.iter_mut().zip([
            ("2026-11-01", "2026-11-05", "2027-02-04"),
            ("2026-11-20", "2027-02-05", "2027-05-04"),
            ("2026-11-10", "2026-11-10", "2027-05-31"),
        ]) {
            part.issued_on = Some(date(issued));
            part.starts_on = Some(date(starts));
            part.ends_on = Some(date(ends));
        }
        parts[1].commission = Some(decimal("5"));
        parts[2].commission = Some(decimal("-1"));
        parts
    }

    #[test]
    fn instalments_add_up_and_cover_all_of_their_time() {
        let stated = Stated::together(&parts(), SeveralLines::Instalments);
        assert_eq!((stated.premium, stated.commission), (decimal("120"), Some(decimal("4"))));
        assert_eq!(stated.issued_on, Some(date("2026-11-01")));
        assert_eq!((stated.starts_on, stated.ends_on), (Some(date("2026-11-05")), Some(date("2027-05-31"))));
    }

    #[test]
    fn of_endorsements_the_one_that_was_issued_last_counts() {
        let mut parts = parts();
        parts[1].status = LineStatus::Cancelled;
        parts[1].cancelled_from = Some(date("2027-03-01"));
        parts[1].refund = Some(decimal("10"));
        let stated = Stated::together(&parts, SeveralLines::Endorsements);
        assert_eq!(stated.premium, decimal("120"));
        assert_eq!(stated.issued_on, Some(date("2026-11-01")));
        assert_eq!((stated.starts_on, stated.ends_on), (Some(date("2027-02-05")), Some(date("2027-05-04"))));
        assert!(stated.cancelled);
        assert_eq!((stated.cancelled_from, stated.refund), (Some(date("2027-03-01")), Some(decimal("10"))));
    }

    #[test]
    fn what_no_line_says_is_not_said() {
        let lines = [line(1, "PL-18", "1"), line(2, "PL-18", "2")];
        let stated = Stated::together(&lines, SeveralLines::Instalments);
        assert_eq!((stated.commission, stated.refund, stated.cancelled), (None, None, false));
    }
}
