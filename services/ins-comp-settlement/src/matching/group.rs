//! The first two stages: policies and lines whose numbers mean the same.

use std::collections::BTreeMap;

use super::books::Books;
use super::error::{MatchError, Side};
use super::left::Left;
use super::numbering::Numbering;
use super::outcome::{Outcome, Stage};
use super::policy::Policy;
use super::several;
use super::unit::Unit;
use super::wording::alone::Doubt;
use crate::register::Line;

/// Everything of one key.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    pub(super) policies: Vec<Policy>,
    pub(super) lines: Vec<Line>,
}

impl Group {
    /// Nothing has come yet.
    pub(super) fn is_empty(&self) -> bool {
        self.policies.is_empty() && self.lines.is_empty()
    }

    /// Matches what belongs together; the order in which it came says nothing.
    pub(super) fn settle(
        mut self, key: &str, books: &mut Books, left: &mut Left, out: &mut Vec<Outcome>,
    ) -> Result<(), MatchError> {
        left.allow(Side::Policies, self.policies.len())?;
        left.allow(Side::Lines, self.lines.len())?;
        if self.policies.len() > 1 {
            self.policies.sort_by(|one, other| one.number.cmp(&other.number));
            if let Some(twice) = self.policies.windows(2).find(|two| two[0].number == two[1].number) {
                return Err(MatchError::PolicyTwice(twice[0].number.clone()));
            }
        }
        if self.lines.len() > 1 {
            self.lines.sort_by(several::order);
        }
        match (self.policies.as_slice(), self.lines.as_slice()) {
            (_, []) => self.policies.into_iter().try_for_each(|policy| left.policy(key, policy)),
            ([], _) => units(key, self.lines, &books.rules.numbering).into_iter().try_for_each(|unit| left.unit(unit)),
            ([policy], [line]) if !books.rules.numbering.zeros_matter => {
                let exact = policy.number == line.policy_number.trim();
                let stage = if exact { Stage::ExactNumber } else { Stage::NormalisedNumber };
                books.matched(stage, self.policies, self.lines, None, out);
                Ok(())
            }
            _ => self.sort_out(key, books, left, out),
        }
    }

    /// Lines whose number is that of a policy sign by sign are its own. Others are of the policy that alone can be
    /// meant; where several can, of the only one without lines.
    fn sort_out(self, key: &str, books: &mut Books, left: &mut Left, out: &mut Vec<Outcome>) -> Result<(), MatchError> {
        let mut found: Vec<Found> = self.policies.into_iter().map(Found::of).collect();
        let mut others = Vec::new();
        for line in self.lines {
            match found.iter_mut().find(|found| found.policy.number == line.policy_number.trim()) {
                Some(found) => found.lines.push(line),
                None => others.push(line),
            }
        }
        for unit in units(key, others, &books.rules.numbering) {
            let may_mean = |at: &usize| found[*at].may_be_meant(&unit, &books.rules.numbering);
            let candidates: Vec<usize> = (0..found.len()).filter(may_mean).collect();
            let free: Vec<usize> = candidates.iter().copied().filter(|at| found[*at].lines.is_empty()).collect();
            match (candidates.as_slice(), free.as_slice()) {
                ([], _) => left.unit(unit)?,
                ([only], _) | (_, [only]) => found[*only].take(unit.lines),
                _ => {
                    let names = candidates.iter().map(|at| found[*at].policy.number.clone()).collect();
                    let policies: Vec<Policy> = free.iter().map(|at| found[*at].policy.clone()).collect();
                    free.iter().for_each(|at| found[*at].in_doubt = true);
                    books.ambiguous(names, &policies, vec![unit], Doubt::Numbers, out);
                }
            }
        }
        for Found { policy, stage, mut lines, in_doubt } in found {
            lines.sort_by(several::order);
            match (lines.is_empty(), in_doubt) {
                (false, _) => books.matched(stage, vec![policy], lines, None, out),
                (true, false) => left.policy(key, policy)?,
                (true, true) => {}
            }
        }
        Ok(())
    }
}

/// A policy, and the lines that are its own.
struct Found {
    policy: Policy,
    stage: Stage,
    lines: Vec<Line>,
    /// Lines may mean it or another one.
    in_doubt: bool,
}

impl Found {
    fn of(policy: Policy) -> Self {
        Self { policy, stage: Stage::ExactNumber, lines: Vec::new(), in_doubt: false }
    }

    /// Lines that write its number in another way.
    fn take(&mut self, lines: Vec<Line>) {
        self.stage = Stage::NormalisedNumber;
        self.lines.extend(lines);
    }

    /// Where zeros matter, they have to be the same.
    fn may_be_meant(&self, unit: &Unit, numbering: &Numbering) -> bool {
        numbering.strict_of_policy(&self.policy.number).is_none_or(|strict| strict == unit.number)
    }
}

/// Lines without a number have nothing in common; where zeros matter, neither have those that differ in them.
fn units(key: &str, lines: Vec<Line>, numbering: &Numbering) -> Vec<Unit> {
    if key.is_empty() {
        return lines.into_iter().map(|line| Unit { number: String::new(), lines: vec![line] }).collect();
    }
    if lines.is_empty() {
        return Vec::new();
    }
    if !numbering.zeros_matter {
        return vec![Unit { number: key.to_owned(), lines }];
    }
    let mut units: BTreeMap<String, Vec<Line>> = BTreeMap::new();
    for line in lines {
        let number = numbering.strict_of_line(&line.policy_number).unwrap_or_default();
        units.entry(number).or_default().push(line);
    }
    units.into_iter().map(|(number, lines)| Unit { number, lines }).collect()
}

#[cfg(test)]
#[path = "tests/group.rs"]
mod tests;
