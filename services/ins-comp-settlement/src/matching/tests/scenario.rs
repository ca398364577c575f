//! A whole run in a test: both sides are sorted as a database would, and cut into pages.

use super::breaks::{Break, Kind};
use super::error::MatchError;
use super::merge::{Merge, Run, Wants};
use super::number::normalise;
use super::outcome::{Match, Outcome, Stage};
use super::policy::Policy;
use super::rules::Rules;
use super::totals::Totals;
use crate::register::{Line, Unreadable};

/// What goes in.
#[derive(Clone, Debug)]
pub(super) struct Scenario {
    pub(super) run: Run,
    pub(super) rules: Rules,
    pub(super) policies: Vec<Policy>,
    pub(super) lines: Vec<Line>,
    pub(super) unreadable: Vec<Unreadable>,
    /// How many a page holds.
    pub(super) page: usize,
}

/// What came out.
#[derive(Clone, Debug)]
pub(super) struct Settled {
    pub(super) outcomes: Vec<Outcome>,
    pub(super) totals: Totals,
}

impl Scenario {
    pub(super) fn new(policies: Vec<Policy>, lines: Vec<Line>) -> Self {
        let (run, rules) = (super::samples::november(), super::samples::rules());
        Self { run, rules, policies, lines, unreadable: Vec::new(), page: 2 }
    }

    pub(super) fn try_run(mut self) -> Result<Settled, MatchError> {
        let numbering = self.rules.numbering.clone();
        self.policies.sort_by_key(|policy| normalise(&policy.number));
        self.lines.sort_by_key(|line| numbering.key_of_line(&line.policy_number));
        let mut outcomes = Vec::new();
        let mut merge = Merge::new(&self.run, self.rules)?;
        self.unreadable.iter().for_each(|line| merge.unreadable(line, &mut outcomes));
        let (mut policies, mut lines) = (self.policies.into_iter(), self.lines.into_iter());
        loop {
            match merge.wants() {
                Wants::Policies => merge.policies(policies.by_ref().take(self.page), &mut outcomes)?,
                Wants::Lines => merge.lines(lines.by_ref().take(self.page), &mut outcomes)?,
                Wants::Nothing => break,
            }
        }
        let totals = merge.finish(&mut outcomes)?;
        Ok(Settled { outcomes, totals })
    }

    pub(super) fn run(self) -> Settled {
        self.try_run().unwrap()
    }
}

impl Settled {
    pub(super) fn breaks(&self) -> Vec<&Break> {
        let found = self.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Break(found) | Outcome::NotDue(found) => Some(&**found),
            Outcome::Match(_) => None,
        });
        found.collect()
    }

    pub(super) fn kinds(&self) -> Vec<Kind> {
        self.breaks().iter().map(|found| found.kind).collect()
    }

    pub(super) fn matches(&self) -> Vec<&Match> {
        let matched = self.outcomes.iter().filter_map(|outcome| match outcome {
            Outcome::Match(matched) => Some(matched),
            Outcome::Break(_) | Outcome::NotDue(_) => None,
        });
        matched.collect()
    }

    /// The matches: stage, numbers of policies, places of lines.
    pub(super) fn matched(&self) -> Vec<(Stage, Vec<&str>, Vec<u64>)> {
        let matches = self.matches().into_iter().map(|matched| {
            let policies = matched.policies.iter().map(|policy| policy.number.as_str()).collect();
            (matched.stage, policies, matched.lines.iter().map(|line| line.number).collect())
        });
        matches.collect()
    }

    /// Everything, as bytes.
    pub(super) fn serialised(&self) -> String {
        let (breaks, totals) = (serde_json::to_string(&self.breaks()).unwrap(), serde_json::to_string(&self.totals));
        format!("{:?}\n{breaks}\n{}", self.matches(), totals.unwrap())
    }
}
