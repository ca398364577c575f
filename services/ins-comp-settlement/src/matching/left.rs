//! What the numbers alone do not match: kept for the later stages, and expected to be little.

use super::error::{MatchError, Side};
use super::policy::Policy;
use super::unit::Unit;

/// What is left over on both sides, in the order of the keys.
#[derive(Clone, Debug)]
pub(super) struct Left {
    pub(super) policies: Vec<(String, Policy)>,
    pub(super) units: Vec<Unit>,
    lines: usize,
    limit: usize,
}

impl Left {
    /// At most so many policies, and as many lines.
    pub(super) fn new(limit: usize) -> Self {
        Self { policies: Vec::new(), units: Vec::new(), lines: 0, limit }
    }

    pub(super) fn policy(&mut self, key: &str, policy: Policy) -> Result<(), MatchError> {
        self.policies.push((key.to_owned(), policy));
        self.allow(Side::Policies, self.policies.len())
    }

    pub(super) fn unit(&mut self, unit: Unit) -> Result<(), MatchError> {
        self.lines += unit.lines.len();
        self.units.push(unit);
        self.allow(Side::Lines, self.lines)
    }

    /// Whether so many of a side may be without a counterpart.
    pub(super) fn allow(&self, side: Side, count: usize) -> Result<(), MatchError> {
        if count > self.limit { Err(MatchError::TooManyLeft { side, limit: self.limit }) } else { Ok(()) }
    }
}
