//! What is known while one answer is read.

use std::collections::BTreeSet;
use std::ops::Range;

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

/// One item of the answer.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) place: Place<'a>,
    pub(super) matched: &'a mut Matched,
}
