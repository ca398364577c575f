//! Matching of policies with the lines of a register: pure, without a clock, and to the byte the same for the same
//! input.
//!
//! [`policy`] is what we say. The [`merge`] is given both sides sorted by their keys, [`number`] makes these and
//! [`numbering`] knows how an insurer writes them. Stages: a [`group`] of one key is matched by number, lines that are
//! [`named`] together take several policies, what is [`left`] is matched by [`attributes`] as long as only one fits, of
//! [`components`] of more none is chosen. [`several`] tells instalments from duplicates, a [`unit`] is lines without a
//! policy. [`compare`] finds what differs between what was [`sold`] and what is [`stated`], within [`tolerance`]s;
//! [`commission`] is what is due, the [`calendar`] says when. The [`rules`] are an insurer's. [`books`] writes down
//! [`outcome`]s, [`breaks`] with their [`identity`] and [`wording`], and the [`totals`]; an [`amount`] is written in
//! one way. An [`error`] voids the run.

mod amount;
mod attributes;
mod books;
mod breaks;
mod calendar;
mod commission;
mod compare;
mod components;
mod error;
mod group;
mod identity;
mod left;
mod merge;
mod named;
mod number;
mod numbering;
mod outcome;
mod policy;
mod rules;
mod several;
mod sold;
mod stated;
mod tolerance;
mod totals;
mod unit;
mod wording;

#[cfg(test)]
#[path = "tests/chaos.rs"]
mod chaos;
#[cfg(test)]
#[path = "tests/injected.rs"]
mod injected;
#[cfg(test)]
#[path = "tests/moved.rs"]
mod moved;
#[cfg(test)]
#[path = "tests/property.rs"]
mod property;
#[cfg(test)]
#[path = "tests/samples.rs"]
mod samples;
#[cfg(test)]
#[path = "tests/scenario.rs"]
mod scenario;

pub use breaks::{Amounts, Break, Kind, TariffSays};
pub use calendar::{CutOff, Period};
pub use commission::{Basis, Due, Rates, due};
pub use error::{MatchError, Side};
pub use identity::BreakId;
pub use merge::{Merge, Run, Wants};
pub use number::{normalise, normalise_keeping_zeros};
pub use numbering::{EndorsementMark, Numbering};
pub use outcome::{Distances, Match, Outcome, Stage};
pub use policy::Policy;
pub use rules::{Attributes, Compare, ProductRule, Rules, RulesError, SeveralLines};
pub use tolerance::Tolerance;
pub use totals::{Part, Place, Sums, Tally, Tolerated, Totals, TotalsError};
pub use wording::Explanation;
