//! Why a run cannot be finished.

use std::fmt;

use thiserror::Error;

use super::rules::RulesError;
use super::totals::TotalsError;

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The policies that we have sold.
    Policies,
    /// The lines of the register.
    Lines,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Policies => "policies",
            Self::Lines => "lines of the register",
        })
    }
}

/// Why a run cannot be finished. What it has put out until then is void.
#[derive(Clone, Debug, Error)]
pub enum MatchError {
    /// They cannot be used.
    #[error("the rules of this insurer cannot be used")]
    Rules(#[from] RulesError),
    /// Both sides come in the byte order of their keys, or equal ones do not meet.
    #[error("{side} do not come in the order of their keys: {after:?} after {before:?}")]
    OutOfOrder {
        /// Which ones.
        side: Side,
        /// The larger key, which came first.
        before: String,
        /// The smaller one.
        after: String,
    },
    /// Something came after the page that said that there is nothing more.
    #[error("more {0} came after their end")]
    AfterEnd(Side),
    /// The run was to be finished before both sides had ended.
    #[error("the {0} have not ended yet")]
    NotEnded(Side),
    /// A policy is there once.
    #[error("policy {0} came twice")]
    PolicyTwice(String),
    /// An amount that no policy costs, and that sums could not hold.
    #[error("the amounts of {0} are beyond all measure")]
    Absurd(String),
    /// So many are without a counterpart that this is hardly a register of these policies.
    #[error("more than {limit} {side} are without a counterpart: is this the register of this insurer and period?")]
    TooManyLeft {
        /// Which ones.
        side: Side,
        /// How many may be left.
        limit: usize,
    },
    /// The result contradicts itself; a mistake of this program.
    #[error("the totals do not add up")]
    Totals(#[from] TotalsError),
}
