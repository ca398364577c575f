//! What is known while one answer is read.

use std::collections::BTreeSet;
use std::ops::Range;

use polis_actors::poller::PollError;

use crate::offer::Place;

/// The paths of a mapping that matched something in this answer, by their place in the file.
#[derive(Debug, Default)]
pub(super) struct Matched(BTreeSet<usize>);

impl Matched {
    pub(super) fn note(&mut self, path: &Range<usize>) {
        self.0.insert(path.start);
    }

    pub(super) fn has(&self, path: &Range<usize>) -> bool {
        self.0.contains(&path.start)
    }
}

/// Of one answer.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) matched: Matched,
    /// What could not be mapped of the item that is being read.
    pub(super) problems: Vec<PollError>,
}

/// A value that cannot be used. Why is noted, and reading goes on: a check shows everything that is wrong with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Noted;

/// One item of the answer.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) place: Place<'a>,
    /// Which of the product's tariffs, once that is known.
    pub(super) tariff: Option<String>,
    pub(super) notes: &'a mut Notes,
}

impl<'a> Reading<'a> {
    pub(super) fn new(place: Place<'a>, notes: &'a mut Notes) -> Self {
        Self { place, tariff: None, notes }
    }

    /// Notes what is wrong with a field.
    pub(super) fn wrong(&mut self, field: &'static str, what: impl Into<String>) -> Noted {
        let what = what.into();
        let what = self.tariff.as_ref().map_or_else(|| what.clone(), |tariff| format!("of tariff {tariff}: {what}"));
        self.notes.problems.push(self.place.error(field, what));
        Noted
    }

    /// A value that must be there.
    pub(super) fn required<T>(&mut self, field: &'static str, found: Option<T>) -> Result<T, Noted> {
        found.ok_or_else(|| self.wrong(field, "is missing"))
    }
}
