//! A break: where the two sides do not say the same.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::amount::plain;
use super::identity::BreakId;
use super::wording::Explanation;

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// We have sold a policy that the register does not have, though it should by now.
    MissingAtInsurer,
    /// The register has a policy that we have not sold.
    MissingAtUs,
    /// The premiums differ.
    PremiumDiffers,
    /// The commission is not what was agreed.
    CommissionDiffers,
    /// It is cancelled on one side only. What was paid back belongs to this break.
    StatusDiffers,
    /// Cover, issue or cancellation is on other days.
    DatesDiffer,
    /// What was paid back differs.
    RefundDiffers,
    /// Lines that say again what is there already.
    Duplicate,
    /// A line that cannot be read.
    Unreadable,
    /// Several could be meant, and nothing says which.
    Ambiguous,
    /// Not a break: the insurer closes the period before this is to be in the register.
    NotDueYet,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::MissingAtInsurer,
        Self::MissingAtUs,
        Self::PremiumDiffers,
        Self::CommissionDiffers,
        Self::StatusDiffers,
        Self::DatesDiffer,
        Self::RefundDiffers,
        Self::Duplicate,
        Self::Unreadable,
        Self::Ambiguous,
        Self::NotDueYet,
    ];

    /// Its name in databases and interfaces.
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
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether somebody has to look at it.
    pub fn is_break(self) -> bool {
        self != Self::NotDueYet
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| serde::de::Error::custom(format!("{name:?} is no kind of break")))
    }
}

/// Whose premium the tariff confirms.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum TariffSays {
    /// Ours is right.
    Ours,
    /// Theirs is right.
    Theirs,
    /// Neither is.
    Neither,
    /// The tariff is not known.
    Unknown,
}

impl TariffSays {
    /// Its name in databases and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Theirs => "theirs",
            Self::Neither => "neither",
            Self::Unknown => "unknown",
        }
    }
}

/// The amounts of a break: premiums, or what its kind is about. One that only one side has is absent on the other, and
/// counts as nothing in the difference.
#[derive(Clone, Copy, Debug, Default, Serialize, PartialEq, Eq)]
pub struct Amounts {
    /// Ours.
    pub ours: Option<Decimal>,
    /// The insurer's.
    pub theirs: Option<Decimal>,
    /// Ours without theirs.
    pub difference: Option<Decimal>,
}

impl Amounts {
    /// Of both sides, or of one.
    pub(super) fn of(ours: Option<Decimal>, theirs: Option<Decimal>) -> Self {
        let difference = ours.or(theirs).map(|_| ours.unwrap_or_default() - theirs.unwrap_or_default());
        Self { ours: ours.map(plain), theirs: theirs.map(plain), difference: difference.map(plain) }
    }

    pub(super) fn both(ours: Decimal, theirs: Decimal) -> Self {
        Self::of(Some(ours), Some(theirs))
    }
}

/// Where the two sides do not say the same, or one says nothing.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Break {
    /// The same for the same break in every run.
    pub id: BreakId,
    /// What is wrong.
    pub kind: Kind,
    /// Numbers of our policies that it concerns.
    pub policies: Vec<String>,
    /// Places of the lines that it concerns.
    pub lines: Vec<u64>,
    /// What it is about.
    #[serde(flatten)]
    pub amounts: Amounts,
    /// Whose premium is right; only where premiums differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tariff_says: Option<TariffSays>,
    /// In a sentence.
    pub explanation: Explanation,
}

#[cfg(test)]
mod tests {
    use super::super::samples::decimal;
    use super::*;

    #[test]
    fn a_kind_is_found_by_its_name() {
        for kind in Kind::ALL {
            assert_eq!(Kind::named(kind.as_str()), Some(kind));
        }
        assert_eq!(Kind::named("other"), None);
    }

    #[test]
    fn a_difference_is_ours_without_theirs() {
        for (ours, theirs, difference) in [
            (Some("3650"), Some("3560"), Some("90.00")),
            (Some("3650"), None, Some("3650.00")),
            (None, Some("3560"), Some("-3560.00")),
            (None, None, None),
        ] {
            let amounts = Amounts::of(ours.map(decimal), theirs.map(decimal));
            assert_eq!(amounts.difference.map(|amount| amount.to_string()), difference.map(str::to_owned));
        }
    }
}
