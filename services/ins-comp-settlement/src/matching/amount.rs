//! Amounts of money: one way to write each, and a limit to what is believed.

use rust_decimal::Decimal;
use serde::Serializer;

/// No premium, commission or refund has more whole units; a million million of such sums still fits into a decimal.
const MOST: Decimal = Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0);
/// More places than any currency has, and than any share of an amount.
const MOST_PLACES: u32 = 9;

/// Whether sums and shares of these amounts can be reckoned with.
pub(super) fn are_sane(amounts: impl IntoIterator<Item = Option<Decimal>>) -> bool {
    amounts.into_iter().flatten().all(|amount| amount.abs() <= MOST && amount.scale() <= MOST_PLACES)
}

/// The one way to write this amount: at least two places, more only where they say something.
pub(super) fn plain(amount: Decimal) -> Decimal {
    let mut plain = amount.normalize();
    if plain.scale() < 2 {
        plain.rescale(2);
    }
    // There is no zero below zero.
    if plain.is_zero() { plain.abs() } else { plain }
}

/// For serde: as a text, in that way.
pub(super) fn serialize<S: Serializer>(amount: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&plain(*amount))
}

#[cfg(test)]
mod tests {
    use super::super::samples::decimal;
    use super::*;

    #[test]
    fn an_amount_is_written_in_one_way() {
        for (amount, written) in
            [("3650", "3650.00"), ("3650.5000", "3650.50"), ("0.125", "0.125"), ("-0", "0.00"), ("-0.10", "-0.10")]
        {
            assert_eq!(plain(decimal(amount)).to_string(), written);
        }
    }

    #[test]
    fn what_sums_could_not_hold_is_not_believed() {
        assert_eq!(MOST, decimal("1000000000000000"));
        assert!(are_sane([Some(decimal("1000000000000000")), None, Some(decimal("-99.999"))]));
        for amount in [decimal("1000000000000000.01"), Decimal::MIN, decimal("0.0000000001")] {
            assert!(!are_sane([None, Some(amount)]), "{amount}");
        }
    }
}
