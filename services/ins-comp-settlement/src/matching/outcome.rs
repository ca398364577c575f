//! What the merge puts out, piece by piece.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::breaks::Break;
use super::policy::Policy;
use crate::register::Line;

/// How a match was found.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The number is the same, sign by sign.
    ExactNumber,
    /// The number means the same.
    NormalisedNumber,
    /// One line names several policies.
    NamedTogether,
    /// The number differs; product, days and premium leave one policy and one line for each other.
    Attributes,
}

impl Stage {
    /// Its name in databases and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ExactNumber => "exact_number",
            Self::NormalisedNumber => "normalised_number",
            Self::NamedTogether => "named_together",
            Self::Attributes => "attributes",
        }
    }
}

/// How far apart a policy and a line were that were matched by attributes.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
pub struct Distances {
    /// Days between the first days of cover, if the line has one.
    pub starts_on_days: Option<u64>,
    /// Days between the days of issue, if the line has one.
    pub issued_on_days: Option<u64>,
    /// Our premium without theirs.
    #[serde(serialize_with = "super::amount::serialize")]
    pub premium: Decimal,
}

/// Policies and lines that are about the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// How it was found.
    pub stage: Stage,
    /// Several only where one line names them together.
    pub policies: Vec<Policy>,
    /// Several where they are instalments or endorsements.
    pub lines: Vec<Line>,
    /// Whether there are breaks of it; they come next.
    pub differs: bool,
    /// How alike they were, where numbers did not decide.
    pub distances: Option<Distances>,
}

/// A piece of the result. Pieces come in the same order for the same input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A match; its breaks follow.
    Match(Match),
    /// A break.
    Break(Box<Break>),
    /// Not a break, of kind [`NotDueYet`](super::breaks::Kind::NotDueYet).
    NotDue(Box<Break>),
}
