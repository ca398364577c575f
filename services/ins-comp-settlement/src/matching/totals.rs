//! Everything that went in, put in one place each: what adds up on both sides.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::breaks::{Amounts, Break, Kind};
use super::outcome::Stage;

/// Where a policy or a line ended up; each one in one place.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Matched, and nothing differs more than it may.
    Agreed,
    /// Matched, and something differs.
    Differing,
    /// Ours, without a line.
    MissingAtInsurer,
    /// Theirs, without a policy.
    MissingAtUs,
    /// Theirs, said again.
    Duplicate,
    /// Of both, with several ways to match them.
    Ambiguous,
    /// Theirs; what it says is not known.
    Unreadable,
    /// Ours, for the next register.
    NotDueYet,
}

/// Amounts of one side; our commission is what is due to us.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct Sums {
    /// Policies or lines.
    pub count: u64,
    /// Premiums.
    #[serde(serialize_with = "super::amount::serialize")]
    pub premium: Decimal,
    /// Commission, as far as it is agreed or said.
    #[serde(serialize_with = "super::amount::serialize")]
    pub commission: Decimal,
    /// Paid back.
    #[serde(serialize_with = "super::amount::serialize")]
    pub refund: Decimal,
}

impl Sums {
    pub(super) fn add(&mut self, other: &Self) {
        self.count += other.count;
        self.premium += other.premium;
        self.commission += other.commission;
        self.refund += other.refund;
    }
}

/// Both sides.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct Part {
    /// Policies.
    pub ours: Sums,
    /// Lines.
    pub theirs: Sums,
}

/// The breaks of one kind.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// Our amounts.
    #[serde(serialize_with = "super::amount::serialize")]
    pub ours: Decimal,
    /// Theirs.
    #[serde(serialize_with = "super::amount::serialize")]
    pub theirs: Decimal,
    /// Ours without theirs.
    #[serde(serialize_with = "super::amount::serialize")]
    pub difference: Decimal,
}

/// Differences of what was matched that are no breaks: within the tolerances, not said by the register, or not due yet.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct Tolerated {
    /// Of premiums.
    #[serde(serialize_with = "super::amount::serialize")]
    pub premium: Decimal,
    /// Of commissions.
    #[serde(serialize_with = "super::amount::serialize")]
    pub commission: Decimal,
    /// Of what was paid back.
    #[serde(serialize_with = "super::amount::serialize")]
    pub refund: Decimal,
}

/// The result of a run in figures.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
pub struct Totals {
    /// All policies and all lines.
    pub went_in: Part,
    /// The same, by where they ended up.
    pub places: BTreeMap<Place, Part>,
    /// Breaks by kind, and what is not due yet beside them.
    pub breaks: BTreeMap<Kind, Tally>,
    /// Matches by the stage that made them.
    pub matches: BTreeMap<Stage, u64>,
    /// What is behind no break.
    pub tolerated: Tolerated,
    /// Matches in which both sides have the same premium and the tariff has another one.
    pub off_tariff: u64,
}

/// Where the totals contradict themselves.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TotalsError {
    /// What went in is not what came out.
    #[error("{side} that went in: {went_in:?}, that ended up somewhere: {came_out:?}")]
    Side {
        /// ours, theirs
        side: &'static str,
        /// All.
        went_in: Box<Sums>,
        /// The sum of all places.
        came_out: Box<Sums>,
    },
    /// The sides differ by something else than the breaks say.
    #[error("{what}: the sides differ by {sides}, breaks and tolerances say {breaks}")]
    Difference {
        /// Of what.
        what: &'static str,
        /// From the sums of both sides.
        sides: Decimal,
        /// From the breaks.
        breaks: Decimal,
    },
}

impl Totals {
    /// The sums of one place.
    pub fn place(&self, place: Place) -> Part {
        self.places.get(&place).copied().unwrap_or_default()
    }

    /// The breaks of one kind.
    pub fn tally(&self, kind: Kind) -> Tally {
        self.breaks.get(&kind).copied().unwrap_or_default()
    }

    /// How many breaks there are; what is not due yet is none.
    pub fn break_count(&self) -> u64 {
        self.breaks.iter().filter(|(kind, _)| kind.is_break()).map(|(_, tally)| tally.count).sum()
    }

    /// Whether everything that went in is somewhere, once and to the kopeck, and whether the differences of both sides
    /// are those of the breaks.
    ///
    /// # Errors
    /// Names the first contradiction.
    pub fn check(&self) -> Result<(), TotalsError> {
        let mut came_out = Part::default();
        for part in self.places.values() {
            came_out.ours.add(&part.ours);
            came_out.theirs.add(&part.theirs);
        }
        let sides = [("ours", self.went_in.ours, came_out.ours), ("theirs", self.went_in.theirs, came_out.theirs)];
        for (side, went_in, came_out) in sides {
            if went_in != came_out {
                let (went_in, came_out) = (Box::new(went_in), Box::new(came_out));
                return Err(TotalsError::Side { side, went_in, came_out });
            }
        }
        self.differences().into_iter().try_for_each(|(what, sides, breaks)| {
            if sides == breaks { Ok(()) } else { Err(TotalsError::Difference { what, sides, breaks }) }
        })
    }

    /// What is compared, by how much the sides differ in it, and how much of that is said by breaks.
    fn differences(&self) -> [(&'static str, Decimal, Decimal); 8] {
        let matched = |of: fn(&Sums) -> Decimal| {
            let [agreed, differing] = [self.place(Place::Agreed), self.place(Place::Differing)];
            of(&agreed.ours) + of(&differing.ours) - of(&agreed.theirs) - of(&differing.theirs)
        };
        let alone = |place, kind, what| {
            let Part { ours, theirs } = self.place(place);
            (what, ours.premium - theirs.premium, self.tally(kind).difference)
        };
        let differ = |kind: Kind| self.tally(kind).difference;
        let refunds = differ(Kind::RefundDiffers) + differ(Kind::StatusDiffers);
        let Tolerated { premium, commission, refund } = self.tolerated;
        [
            ("matched premiums", matched(|sums| sums.premium), differ(Kind::PremiumDiffers) + premium),
            ("matched commissions", matched(|sums| sums.commission), differ(Kind::CommissionDiffers) + commission),
            ("matched refunds", matched(|sums| sums.refund), refunds + refund),
            alone(Place::MissingAtInsurer, Kind::MissingAtInsurer, "policies that are missing"),
            alone(Place::MissingAtUs, Kind::MissingAtUs, "lines that are missing"),
            alone(Place::Duplicate, Kind::Duplicate, "duplicates"),
            alone(Place::Ambiguous, Kind::Ambiguous, "ambiguous policies and lines"),
            alone(Place::NotDueYet, Kind::NotDueYet, "policies that are not due yet"),
        ]
    }

    pub(super) fn count_break(&mut self, found: &Break) {
        let tally = self.breaks.entry(found.kind).or_default();
        let Amounts { ours, theirs, difference } = found.amounts;
        tally.count += 1;
        tally.ours += ours.unwrap_or_default();
        tally.theirs += theirs.unwrap_or_default();
        tally.difference += difference.unwrap_or_default();
    }
}

#[cfg(test)]
#[path = "tests/totals.rs"]
mod tests;
