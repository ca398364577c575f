//! How far two amounts or days may be apart and still be called the same.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The larger of the two allowances counts; by default there is none.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct Tolerance {
    /// So much in the currency of the register.
    pub amount: Decimal,
    /// So many hundredths of our amount.
    pub per_cent: Decimal,
}

impl Tolerance {
    /// Whether these are called the same; an allowance is reached, not exceeded.
    pub fn allows(&self, ours: Decimal, theirs: Decimal) -> bool {
        if ours == theirs {
            return true;
        }
        let apart = (ours - theirs).abs();
        apart <= self.amount || apart * Decimal::ONE_HUNDRED <= self.per_cent * ours.abs()
    }

    /// Between which amounts of ours everything lies that is allowed beside this amount of theirs, and perhaps a little
    /// more.
    pub(super) fn around(&self, theirs: Decimal) -> (Decimal, Decimal) {
        let share = self.per_cent / Decimal::ONE_HUNDRED;
        // Ours is at most this many times theirs; beyond a half the share is hardly a tolerance, and rules refuse it.
        let most = theirs.abs() * share / (Decimal::ONE - share).max(Decimal::new(5, 1)) + Decimal::new(1, 2);
        let apart = self.amount.max(most);
        (theirs - apart, theirs + apart)
    }

    pub(super) fn is_sound(&self) -> bool {
        let most = Decimal::from(50);
        !self.amount.is_sign_negative() && !self.per_cent.is_sign_negative() && self.per_cent <= most
    }
}

/// How many days lie between.
pub(super) fn days_apart(one: Date, other: Date) -> u64 {
    // Civil days have 24 hours.
    u64::try_from(one.duration_since(other).as_hours().abs() / 24).unwrap_or(u64::MAX)
}

/// Whether two days are at most so many days apart.
pub(super) fn days_allow(one: Date, other: Date, days: u16) -> bool {
    one == other || days_apart(one, other) <= u64::from(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tolerance(amount: &str, per_cent: &str) -> Tolerance {
        Tolerance { amount: amount.parse().unwrap(), per_cent: per_cent.parse().unwrap() }
    }

    #[test]
    fn an_allowance_is_reached_and_not_exceeded() {
        for (amount, per_cent, ours, theirs, allowed) in [
            ("0", "0", "3650", "3650.00", true),
            ("0", "0", "3650", "3650.01", false),
            ("0.01", "0", "3650", "3650.01", true),
            ("0.01", "0", "3650", "3649.98", false),
            ("0", "1", "3650", "3613.50", true),
            ("0", "1", "3650", "3613.49", false),
            ("50", "1", "3650", "3600", true),
            ("0", "1", "-3650", "-3613.50", true),
            ("0", "1", "0", "0.01", false),
        ] {
            let (ours, theirs) = (ours.parse().unwrap(), theirs.parse().unwrap());
            let tolerance = tolerance(amount, per_cent);
            assert_eq!(tolerance.allows(ours, theirs), allowed, "{ours} {theirs} within {amount} or {per_cent} %");
            let (least, most) = tolerance.around(theirs);
            assert!(!allowed || (least <= ours && ours <= most), "{ours} is looked for");
        }
    }

    #[test]
    fn days_are_counted_over_ends_of_months_and_years() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(days_apart(day("2026-12-31"), day("2027-01-02")), 2);
        assert_eq!(days_apart(day("2028-03-01"), day("2028-02-28")), 2);
        assert!(days_allow(day("2026-03-29"), day("2026-03-30"), 1));
        assert!(!days_allow(day("2026-03-29"), day("2026-03-31"), 1));
    }
}
