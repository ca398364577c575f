//! What is paid back when a policy is cancelled: everything in the cooling-off period, afterwards the days that are left.

use jiff::civil::Date;
use polis_proto::google_type::Money;
use rust_decimal::{Decimal, RoundingStrategy};

use super::state::Application;

/// Days in which a policy can be given back for all of its price, counted from the first day of cover or before it
/// (Bank of Russia, Ordinance 3854-U: fourteen days).
pub const COOLING_OFF_DAYS: i32 = 14;

/// Pro rata by days, rounded to the kopeck in favour of nobody (half to even); none when nothing is due.
pub(super) fn refund_of(state: &Application, today: Date) -> Option<Money> {
    let (from, to) = state.period()?;
    let days = |from: Date, to: Date| Decimal::from(from.until(to).map_or(0, |span| span.get_days()));
    let all = days(from, to) + Decimal::ONE;
    let used = days(from, today) + Decimal::ONE;
    let premium = state.premium();
    let amount = if used <= Decimal::from(COOLING_OFF_DAYS) {
        premium
    } else {
        let left = (all - used).max(Decimal::ZERO);
        (premium * left / all).round_dp_with_strategy(2, RoundingStrategy::MidpointNearestEven)
    };
    if amount.is_zero() { None } else { Money::from_decimal(amount, state.currency()).ok() }
}
