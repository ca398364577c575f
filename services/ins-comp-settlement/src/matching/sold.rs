//! What we say of one policy, or of several that one line names.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::commission::due;
use super::policy::Policy;
use super::rules::Rules;
use super::totals::Sums;
use crate::register::Line;

/// Our word on one match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sold {
    pub(super) premium: Decimal,
    /// By the tariffs; none when one of them is not known.
    pub(super) expected: Option<Decimal>,
    /// None when no rate is agreed for one of them.
    pub(super) commission: Option<Decimal>,
    /// The rate, when it is the same for all.
    pub(super) per_cent: Option<Decimal>,
    /// What the rate is of.
    pub(super) base: Decimal,
    pub(super) refund: Decimal,
    /// The first day of issue and the last.
    pub(super) issued_on: (Date, Date),
    pub(super) starts_on: Date,
    pub(super) ends_on: Date,
    pub(super) cancelled: Cancelled,
    /// The last of the first days without cover.
    pub(super) cancelled_from: Option<Date>,
}

/// How much of it is cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cancelled {
    Nothing,
    Some,
    All,
}

impl Sold {
    /// Amounts add up, cover is from the first day of any to the last day of any; none of no policies.
    pub(super) fn together(policies: &[Policy], rules: &Rules) -> Option<Self> {
        let (first, others) = policies.split_first()?;
        let mut sold = Self::of(first, rules);
        for policy in others {
            let next = Self::of(policy, rules);
            sold.premium += next.premium;
            sold.expected = sold.expected.zip(next.expected).map(|(one, other)| one + other);
            sold.commission = sold.commission.zip(next.commission).map(|(one, other)| one + other);
            sold.per_cent = sold.per_cent.filter(|rate| Some(*rate) == next.per_cent);
            sold.base += next.base;
            sold.refund += next.refund;
            sold.issued_on = (sold.issued_on.0.min(next.issued_on.0), sold.issued_on.1.max(next.issued_on.1));
            sold.starts_on = sold.starts_on.min(next.starts_on);
            sold.ends_on = sold.ends_on.max(next.ends_on);
            if sold.cancelled != next.cancelled {
                sold.cancelled = Cancelled::Some;
            }
            sold.cancelled_from = sold.cancelled_from.max(next.cancelled_from);
        }
        Some(sold)
    }

    /// Our side of these policies, whose word this is.
    pub(super) fn sums(&self, policies: &[Policy], rules: &Rules) -> Sums {
        // Where a rate is agreed for some of them only, these count.
        let Some(commission) = self.commission else { return sums_of_policies(policies, rules) };
        let count = u64::try_from(policies.len()).unwrap_or(u64::MAX);
        Sums { count, premium: self.premium, commission, refund: self.refund }
    }

    fn of(policy: &Policy, rules: &Rules) -> Self {
        let due = due(policy, rules);
        Self {
            premium: policy.premium,
            expected: policy.expected_premium,
            commission: due.map(|due| due.amount),
            per_cent: due.map(|due| due.per_cent),
            base: due.map_or(policy.premium, |due| due.base),
            refund: policy.refund,
            issued_on: (policy.issued_on, policy.issued_on),
            starts_on: policy.starts_on,
            ends_on: policy.ends_on,
            cancelled: if policy.cancelled_from.is_some() { Cancelled::All } else { Cancelled::Nothing },
            cancelled_from: policy.cancelled_from,
        }
    }
}

/// Our side of these policies.
pub(super) fn sums_of_policies(policies: &[Policy], rules: &Rules) -> Sums {
    let mut sums = Sums::default();
    for policy in policies {
        let commission = due(policy, rules).map(|due| due.amount).unwrap_or_default();
        sums.add(&Sums { count: 1, premium: policy.premium, commission, refund: policy.refund });
    }
    sums
}

/// Their side of these lines.
pub(super) fn sums_of_lines(lines: &[Line]) -> Sums {
    let mut sums = Sums::default();
    for line in lines {
        let (commission, refund) = (line.commission.unwrap_or_default(), line.refund.unwrap_or_default());
        sums.add(&Sums { count: 1, premium: line.premium, commission, refund });
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::super::samples::{date, decimal, policy};
    use super::*;

    #[test]
    fn several_policies_are_one_word() {
        let mut rules = Rules::default();
        rules.commission.per_cent = Some(decimal("10"));
        let mut policies = [policy("PL-18", "100.00"), policy("PL-26", "50.00")];
        policies[1].issued_on = date("2026-11-20");
        policies[1].starts_on = date("2026-11-01");
        policies[1].ends_on = date("2028-01-01");
        policies[1].cancelled_from = Some(date("2026-12-01"));
        policies[1].refund = decimal("20");
        let sold = Sold::together(&policies, &rules).unwrap();
        assert_eq!((sold.premium, sold.expected), (decimal("150"), Some(decimal("150"))));
        assert_eq!((sold.commission, sold.per_cent), (Some(decimal("15")), Some(decimal("10"))));
        assert_eq!(sold.issued_on, (policies[0].issued_on, date("2026-11-20")));
        assert_eq!((sold.starts_on, sold.ends_on), (date("2026-11-01"), date("2028-01-01")));
        assert_eq!((sold.cancelled, sold.refund), (Cancelled::Some, decimal("20")));
        policies[0].expected_premium = None;
        assert_eq!(Sold::together(&policies, &rules).unwrap().expected, None);
        assert_eq!(Sold::together(&[], &rules), None);
    }
}
