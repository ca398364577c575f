//! Policies that were never sold, for lines that are made up.

use std::collections::BTreeSet;

use fastrand::Rng;
use polis_proto::check_digit;
use rust_decimal::Decimal;

use super::policy::Policy;

/// Knows everything that was sold, and makes up what was not.
#[derive(Clone, Debug)]
pub(super) struct Strangers {
    taken: BTreeSet<String>,
    /// The highest premium.
    most: Decimal,
}

impl Strangers {
    /// Beside these policies.
    pub(super) fn beside(policies: &[Policy]) -> Self {
        let taken = policies.iter().map(|policy| policy.number.clone()).collect();
        Self { taken, most: policies.iter().map(|policy| policy.premium).max().unwrap_or_default() }
    }

    /// A number that looks like one of ours, down to its check digit, and that no policy has.
    pub(super) fn number(&mut self, chance: &mut Rng) -> String {
        loop {
            let digits = format!("9{:08}", chance.u32(..100_000_000));
            // There are digits and nothing else.
            let check = check_digit(&digits).unwrap_or_default();
            let number = format!("PL-{digits}{check}");
            if self.taken.insert(number.clone()) {
                return number;
            }
        }
    }

    /// A premium so far from all others that no policy is taken for this one.
    pub(super) fn premium(&self, chance: &mut Rng) -> Decimal {
        self.most * Decimal::from(4) + Decimal::new(chance.i64(100_000..1_000_000), 2)
    }
}
