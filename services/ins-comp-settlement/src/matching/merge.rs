//! The merge: both sides come sorted and page by page, and what has met its counterpart is put out and forgotten.

use std::collections::VecDeque;

use jiff::civil::Date;

use super::amount::are_sane;
use super::attributes;
use super::books::Books;
use super::calendar::Period;
use super::error::{MatchError, Side};
use super::group::Group;
use super::left::Left;
use super::named;
use super::number::normalise;
use super::outcome::Outcome;
use super::policy::Policy;
use super::rules::Rules;
use super::totals::Totals;
use crate::register::{Line, Unreadable};

/// What a run is about, besides the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The currency of the register, ISO 4217.
    pub currency: String,
    /// What the register is about.
    pub period: Period,
    /// The day of the run, where the insurer is.
    pub today: Date,
    /// More than so many policies, or lines, without a counterpart of the same number end the run: they are kept in
    /// memory, and the register is hardly the right one.
    pub most_left_over: usize,
}

/// What the merge needs to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// The next page of policies, in the byte order of [`normalise`] of their numbers.
    Policies,
    /// The next page of lines, in the byte order of [`key_of_line`](super::Numbering::key_of_line).
    Lines,
    /// To be finished.
    Nothing,
}

/// A run under way. Give it what it [`wants`](Self::wants), then [`finish`](Self::finish) it. How pages are cut, and
/// the order of what has the same key, change nothing.
#[derive(Debug)]
pub struct Merge {
    policies: Half<Policy>,
    lines: Half<Line>,
    group: Group,
    key: String,
    books: Books,
    left: Left,
}

impl Merge {
    /// Nothing has come yet.
    ///
    /// # Errors
    /// When the rules cannot be used.
    pub fn new(run: &Run, rules: Rules) -> Result<Self, MatchError> {
        rules.validate()?;
        Ok(Self {
            policies: Half::default(),
            lines: Half::default(),
            group: Group::default(),
            key: String::new(),
            books: Books::new(run, rules),
            left: Left::new(run.most_left_over),
        })
    }

    /// What it needs to go on.
    pub fn wants(&self) -> Wants {
        match (self.policies.is_ready(), self.lines.is_ready()) {
            (false, _) => Wants::Policies,
            (true, false) => Wants::Lines,
            (true, true) => Wants::Nothing,
        }
    }

    /// A page of policies; an empty one says that there are no more.
    ///
    /// # Errors
    /// When they come in another order, or the run cannot be finished.
    pub fn policies(
        &mut self, page: impl IntoIterator<Item = Policy>, out: &mut Vec<Outcome>,
    ) -> Result<(), MatchError> {
        let books = &mut self.books;
        self.policies.page(Side::Policies, page, |policy| {
            if !are_sane([Some(policy.premium), policy.expected_premium, Some(policy.refund)]) {
                return Err(MatchError::Absurd(format!("policy {}", policy.number)));
            }
            books.policy_went_in(policy);
            Ok(())
        })?;
        self.go_on(out)
    }

    /// A page of lines; an empty one says that there are no more.
    ///
    /// # Errors
    /// When they come in another order, or the run cannot be finished.
    pub fn lines(&mut self, page: impl IntoIterator<Item = Line>, out: &mut Vec<Outcome>) -> Result<(), MatchError> {
        let books = &mut self.books;
        self.lines.page(Side::Lines, page, |line| {
            if !are_sane([Some(line.premium), line.commission, line.refund]) {
                return Err(MatchError::Absurd(format!("line {}", line.number)));
            }
            books.line_went_in(line);
            Ok(())
        })?;
        self.go_on(out)
    }

    /// A line that cannot be read: at any time, in the order of the register.
    pub fn unreadable(&mut self, line: &Unreadable, out: &mut Vec<Outcome>) {
        self.books.unreadable(line, out);
    }

    /// The figures as far as they are known, for whoever waits.
    pub fn so_far(&self) -> &Totals {
        &self.books.totals
    }

    /// The later stages, over what is left, and the result in figures, which adds up.
    ///
    /// # Errors
    /// When a side has not ended, or the result contradicts itself.
    pub fn finish(self, out: &mut Vec<Outcome>) -> Result<Totals, MatchError> {
        let Self { policies, lines, mut books, left, .. } = self;
        for (side, ended) in [(Side::Policies, policies.ended), (Side::Lines, lines.ended)] {
            if !ended {
                return Err(MatchError::NotEnded(side));
            }
        }
        let left = named::settle(left, &mut books, out);
        let left = attributes::settle(left, &mut books, out);
        for (_, policy) in left.policies {
            books.policy_alone(policy, out);
        }
        for unit in left.units {
            books.unit_alone(unit, out);
        }
        books.totals.check()?;
        Ok(books.totals)
    }

    /// Always takes the smaller key of both sides, so that a group is complete when a larger one comes.
    fn go_on(&mut self, out: &mut Vec<Outcome>) -> Result<(), MatchError> {
        loop {
            self.policies.look(Side::Policies, |policy| normalise(&policy.number))?;
            self.lines.look(Side::Lines, |line| self.books.rules.numbering.key_of_line(&line.policy_number))?;
            if !self.policies.is_ready() || !self.lines.is_ready() {
                return Ok(());
            }
            let policy_first = match (self.policies.key(), self.lines.key()) {
                (None, None) => return self.close(out),
                (Some(policy), Some(line)) => policy <= line,
                (policy, None) => policy.is_some(),
                (None, Some(_)) => false,
            };
            if policy_first {
                self.open(Side::Policies, out)?;
                self.group.policies.extend(self.policies.take());
            } else {
                self.open(Side::Lines, out)?;
                self.group.lines.extend(self.lines.take());
            }
        }
    }

    /// The next one of this side belongs to the group, or begins another one.
    fn open(&mut self, side: Side, out: &mut Vec<Outcome>) -> Result<(), MatchError> {
        let next = match side {
            Side::Policies => &self.policies.head_key,
            Side::Lines => &self.lines.head_key,
        };
        if *next == self.key {
            return Ok(());
        }
        let next = next.clone();
        self.close(out)?;
        self.key = next;
        Ok(())
    }

    fn close(&mut self, out: &mut Vec<Outcome>) -> Result<(), MatchError> {
        if self.group.is_empty() {
            return Ok(());
        }
        std::mem::take(&mut self.group).settle(&self.key, &mut self.books, &mut self.left, out)
    }
}

/// One side of the merge.
#[derive(Debug)]
struct Half<T> {
    page: VecDeque<T>,
    head: Option<T>,
    /// The key of the head; when there is none, of the one before.
    head_key: String,
    ended: bool,
}

impl<T> Default for Half<T> {
    fn default() -> Self {
        Self { page: VecDeque::new(), head: None, head_key: String::new(), ended: false }
    }
}

impl<T> Half<T> {
    fn page(
        &mut self, side: Side, page: impl IntoIterator<Item = T>, mut counted: impl FnMut(&T) -> Result<(), MatchError>,
    ) -> Result<(), MatchError> {
        let before = self.page.len();
        for item in page {
            if self.ended {
                return Err(MatchError::AfterEnd(side));
            }
            counted(&item)?;
            self.page.push_back(item);
        }
        self.ended |= self.page.len() == before;
        Ok(())
    }

    /// The next one becomes the head.
    fn look(&mut self, side: Side, key: impl Fn(&T) -> String) -> Result<(), MatchError> {
        if self.head.is_some() {
            return Ok(());
        }
        let Some(item) = self.page.pop_front() else { return Ok(()) };
        let after = key(&item);
        if after < self.head_key {
            return Err(MatchError::OutOfOrder { side, before: self.head_key.clone(), after });
        }
        self.head_key = after;
        self.head = Some(item);
        Ok(())
    }

    fn is_ready(&self) -> bool {
        self.head.is_some() || (self.ended && self.page.is_empty())
    }

    fn key(&self) -> Option<&str> {
        self.head.is_some().then_some(self.head_key.as_str())
    }

    fn take(&mut self) -> Option<T> {
        self.head.take()
    }
}

#[cfg(test)]
#[path = "tests/merge.rs"]
mod tests;
