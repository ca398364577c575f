//! A line of a register, before it is written in the form of an insurer.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::policy::{Cancellation, Policy};
use super::terms::Terms;

/// What an insurer says of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The number, as the insurer writes it.
    pub number: String,
    /// Which product.
    pub product: String,
    /// The day of issue.
    pub issued_on: Date,
    /// First day of cover.
    pub starts_on: Date,
    /// Last day of cover.
    pub ends_on: Date,
    /// What was paid.
    pub premium: Decimal,
    /// What whoever sold it gets.
    pub commission: Decimal,
    /// That it was given up.
    pub cancelled: Option<Cancellation>,
    /// What stands in the place of the premium and is no amount.
    pub spoilt: Option<&'static str>,
}

impl Line {
    /// The truth.
    pub(super) fn of(policy: &Policy, terms: &Terms) -> Self {
        let Policy { number, product, issued_on, starts_on, ends_on, premium, cancelled } = policy.clone();
        let commission = terms.commission(premium);
        Self { number, product, issued_on, starts_on, ends_on, premium, commission, cancelled, spoilt: None }
    }
}

/// Sums of the lines that can be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) premium: Decimal,
    pub(super) commission: Decimal,
    pub(super) refund: Decimal,
    /// How many lines there are, readable or not.
    pub(super) lines: usize,
}

impl Totals {
    pub(super) fn of(lines: &[Line]) -> Self {
        let mut totals = Self { lines: lines.len(), ..Self::default() };
        for line in lines.iter().filter(|line| line.spoilt.is_none()) {
            totals.premium += line.premium;
            totals.commission += line.commission;
            totals.refund += line.cancelled.map(|cancelled| cancelled.refund).unwrap_or_default();
        }
        totals
    }
}
