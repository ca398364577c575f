//! The register of a period with something put wrong in it, and the list of that. Nothing here knows of a clock, a network or
//! what was asked before: the same policies and seed give the same lines and the same list.

use std::collections::BTreeMap;
use std::fmt;

use fastrand::Rng;
use jiff::civil::Date;
use serde::Serialize;
use thiserror::Error;

use super::alter::{Change, alter};
use super::chance::Chance;
use super::kind::{Kind, Wishes};
use super::line::Line;
use super::period::Period;
use super::policy::Policy;
use super::strangers::Strangers;
use super::terms::Terms;

/// What is to be put wrong.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'w> {
    /// The same seed gives the same differences.
    pub seed: u64,
    /// How many of each kind.
    pub wishes: &'w Wishes,
    /// The last day of which the register must know.
    pub due: Date,
}

/// A register, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differing {
    /// By the day of issue, then by number.
    pub lines: Vec<Line>,
    /// In the same order.
    pub injected: Vec<Injected>,
}

/// A difference, as whoever looks for it is to find it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Injected {
    /// Which kind.
    pub kind: Kind,
    /// Whether somebody has to look at it.
    pub is_break: bool,
    /// Numbers of the policies that it is about; none where the lines are of nobody's policy, or cannot be read.
    pub policies: Vec<String>,
    /// The numbers in these lines, as they are written there.
    pub numbers: Vec<String>,
    /// Where the lines stand that it is about, counted from zero; in a file, as the file counts.
    pub lines: Vec<u64>,
    /// What was changed.
    pub changes: Vec<Change>,
}

/// There are not enough policies that a difference can be made of.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{}; a policy takes one difference, {about}", Shortages(.counts))]
pub struct NotEnough {
    /// By kind, the kinds that there are not enough for.
    pub counts: BTreeMap<Kind, Shortage>,
    /// What there is to choose from.
    about: String,
}

/// More is wanted than there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shortage {
    /// How many are wanted.
    pub wanted: usize,
    /// How many can be had.
    pub possible: usize,
}

struct Shortages<'c>(&'c BTreeMap<Kind, Shortage>);

impl fmt::Display for Shortages<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (kind, Shortage { wanted, possible })) in self.0.iter().enumerate() {
            write!(f, "{}of {kind} {possible} can be had and {wanted} are wanted", if at > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

/// The register of a period. `policies` are all that the insurer was ever sold: numbers of these are not made up.
///
/// # Errors
/// When there are not enough policies.
pub fn differ(policies: &[Policy], period: Period, terms: &Terms, wanted: Wanted<'_>) -> Result<Differing, NotEnough> {
    let mut issued: Vec<&Policy> = policies.iter().filter(|policy| period.contains(policy.issued_on)).collect();
    issued.sort_by_key(|policy| (policy.issued_on, &policy.number));
    let chance = Chance { seed: wanted.seed, period };
    let mut given = give(&issued, chance, wanted)?;
    let mut strangers = Strangers::beside(policies);
    let mut differing = Differing { lines: Vec::with_capacity(issued.len()), injected: Vec::new() };
    for policy in issued {
        let line = Line::of(policy, terms);
        let Some((kind, mut chance)) = given.remove(policy.number.as_str()) else {
            differing.lines.push(line);
            continue;
        };
        let altered = alter(kind, policy, line, &mut chance, &mut strangers);
        let at = differing.lines.len();
        let ours = !matches!(kind, Kind::MissingAtUs | Kind::Unreadable);
        differing.injected.push(Injected {
            kind,
            is_break: kind.is_break(),
            policies: if ours { vec![policy.number.clone()] } else { Vec::new() },
            numbers: altered.about.iter().map(|about| altered.lines[*about].number.clone()).collect(),
            lines: altered.about.iter().filter_map(|about| u64::try_from(at + about).ok()).collect(),
            changes: altered.changes,
        });
        differing.lines.extend(altered.lines);
    }
    Ok(differing)
}

/// Gives each difference a policy of its own, by lot.
fn give<'p>(
    issued: &[&'p Policy], chance: Chance, wanted: Wanted<'_>,
) -> Result<BTreeMap<&'p str, (Kind, Rng)>, NotEnough> {
    let Wanted { wishes, due, .. } = wanted;
    let draw = |policy: &&'p Policy| {
        let mut chance = chance.of(&policy.number);
        (chance.u64(..), *policy, chance)
    };
    let mut free: Vec<(u64, &Policy, Rng)> = issued.iter().map(draw).collect();
    free.sort_by_key(|(lot, policy, _)| (*lot, &policy.number));
    let (mut given, mut counts) = (BTreeMap::new(), BTreeMap::new());
    for kind in Kind::ALL {
        let wanted = wishes.get(&kind).copied().unwrap_or_default();
        let mut possible = 0;
        free.retain(|(_, policy, chance)| {
            let takes = possible < wanted && kind.fits(policy, due);
            if takes {
                possible += 1;
                given.insert(policy.number.as_str(), (kind, chance.clone()));
            }
            !takes
        });
        if possible < wanted {
            counts.insert(kind, Shortage { wanted, possible });
        }
    }
    if counts.is_empty() {
        return Ok(given);
    }
    let late = issued.iter().filter(|policy| policy.issued_on > due).count();
    let cancelled = issued.iter().filter(|policy| policy.cancelled.is_some()).count();
    let about = format!(
        "and of {} policies of the period {cancelled} are cancelled and {late} were issued after {due}, the last day of \
         which the register must know",
        issued.len()
    );
    Err(NotEnough { counts, about })
}

#[cfg(test)]
#[path = "differ_tests.rs"]
mod tests;
