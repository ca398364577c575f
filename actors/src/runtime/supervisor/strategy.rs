//! Which siblings share the fate of a failed child.

use std::ops::Range;

/// The three strategies of OTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strategy {
    /// Only the failed child is restarted.
    #[default]
    OneForOne,
    /// All children are stopped and restarted: they depend on one another.
    OneForAll,
    /// The failed child and those started after it: the later depend on the earlier.
    RestForOne,
}

impl Strategy {
    /// Positions, in start order, of the children that restart when the one at `failed` does.
    pub(super) fn group(self, failed: usize, children: usize) -> Range<usize> {
        match self {
            Self::OneForOne => failed..failed + 1,
            Self::OneForAll => 0..children,
            Self::RestForOne => failed..children,
        }
    }
}
