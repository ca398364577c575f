//! What came of a run, for those who want it elsewhere: [`compare`]d with an earlier one.

mod compare;

pub use compare::{Changed, CompareError, Comparison, compare};
