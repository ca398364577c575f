//! What can be put wrong in a register, and what is only written in another way.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::policy::Policy;

/// A kind of difference. Those that are breaks have the names that breaks have.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A policy has no line, though it should have one by now.
    MissingAtInsurer,
    /// A line of a policy that was never sold.
    MissingAtUs,
    /// Another premium, beside the commission of the right one.
    PremiumDiffers,
    /// Another commission.
    CommissionDiffers,
    /// Cancelled on one side only.
    StatusDiffers,
    /// One of the days is another one.
    DatesDiffer,
    /// Something else was paid back.
    RefundDiffers,
    /// A line that is there twice.
    Duplicate,
    /// A second line of a policy, with an amount that is none.
    Unreadable,
    /// A line for two policies, of which one was never sold.
    Ambiguous,
    /// A policy has no line, and nobody can ask for it yet: no break.
    NotDueYet,
    /// The number in another writing: no break.
    NumberWrittenOtherwise,
    /// Several lines that add up to one policy: no break.
    Instalments,
}

/// How many of each kind are wanted.
pub type Wishes = BTreeMap<Kind, usize>;

impl Kind {
    /// All of them, those that fit the fewest policies first: in this order policies are given to them.
    pub const ALL: [Self; 13] = [
        Self::RefundDiffers,
        Self::NotDueYet,
        Self::MissingAtInsurer,
        Self::StatusDiffers,
        Self::DatesDiffer,
        Self::Instalments,
        Self::PremiumDiffers,
        Self::CommissionDiffers,
        Self::Duplicate,
        Self::Unreadable,
        Self::Ambiguous,
        Self::MissingAtUs,
        Self::NumberWrittenOtherwise,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MissingAtInsurer => "missing_at_insurer",
            Self::MissingAtUs => "missing_at_us",
            Self::PremiumDiffers => "premium_differs",
            Self::CommissionDiffers => "commission_differs",
            Self::StatusDiffers => "status_differs",
            Self::DatesDiffer => "dates_differ",
            Self::RefundDiffers => "refund_differs",
            Self::Duplicate => "duplicate",
            Self::Unreadable => "unreadable",
            Self::Ambiguous => "ambiguous",
            Self::NotDueYet => "not_due_yet",
            Self::NumberWrittenOtherwise => "number_written_otherwise",
            Self::Instalments => "instalments",
        }
    }

    /// Whether somebody has to look at it.
    pub fn is_break(self) -> bool {
        !matches!(self, Self::NotDueYet | Self::NumberWrittenOtherwise | Self::Instalments)
    }

    /// Whether it can be done to this policy, so that it and nothing else is found. `due` is the last day of which the
    /// register must know.
    pub(super) fn fits(self, policy: &Policy, due: Date) -> bool {
        let in_force = policy.cancelled.is_none();
        let fits = match self {
            Self::MissingAtInsurer => policy.issued_on <= due,
            Self::NotDueYet => policy.issued_on > due,
            // A cancellation after the period may be waited for; one of cover that never began is missed at once.
            Self::StatusDiffers => policy.cancelled.is_none_or(|cancelled| cancelled.from <= policy.starts_on),
            Self::DatesDiffer => in_force,
            Self::Instalments => in_force && policy.premium >= Decimal::TEN,
            Self::RefundDiffers => !in_force,
            _ => true,
        };
        // Twice nothing is nothing: of a policy without a price hardly anything differs.
        fits && policy.premium > Decimal::ZERO
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_written_as_it_is_named() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
