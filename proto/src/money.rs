//! Money on the wire is `google.type.Money`, in code a decimal with its currency; never a float.

use rust_decimal::Decimal;
use thiserror::Error;

use crate::google_type::Money;

/// Why an amount cannot be carried.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum MoneyError {
    /// Finer than a billionth of a unit.
    #[error("{0} has more than nine decimal places; round it before it is sent")]
    TooFine(Decimal),
    /// More units than 64 bits hold.
    #[error("{0} is too large for google.type.Money")]
    TooLarge(Decimal),
    /// Units and nanos of different sign, or nanos out of range.
    #[error("units {units} and nanos {nanos} do not make an amount")]
    Inconsistent {
        /// Whole units.
        units: i64,
        /// Billionths.
        nanos: i32,
    },
}

const NANOS: u32 = 9;

impl Money {
    /// An amount in a currency (ISO 4217).
    ///
    /// # Errors
    /// When the amount is too fine or too large for the wire.
    pub fn from_decimal(amount: Decimal, currency: &str) -> Result<Self, MoneyError> {
        let whole = amount.trunc();
        let units = i64::try_from(whole).map_err(|_| MoneyError::TooLarge(amount))?;
        let nanos = (amount - whole) * Decimal::from(1_000_000_000);
        if !nanos.fract().is_zero() {
            return Err(MoneyError::TooFine(amount));
        }
        let nanos = i32::try_from(nanos).map_err(|_| MoneyError::TooFine(amount))?;
        Ok(Self { currency_code: currency.to_owned(), units, nanos })
    }

    /// The amount without its currency.
    ///
    /// # Errors
    /// When units and nanos contradict one another.
    pub fn amount(&self) -> Result<Decimal, MoneyError> {
        let (units, nanos) = (self.units, self.nanos);
        let signs_differ = (units > 0 && nanos < 0) || (units < 0 && nanos > 0);
        if signs_differ || nanos.unsigned_abs() > 999_999_999 {
            return Err(MoneyError::Inconsistent { units, nanos });
        }
        Ok((Decimal::from(units) + Decimal::new(i64::from(nanos), NANOS)).normalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_go_there_and_back() {
        for text in ["0", "1234.5", "-0.01", "9223372036854775807", "0.000000001"] {
            let amount: Decimal = text.parse().unwrap();
            let money = Money::from_decimal(amount, "RUB").unwrap();
            assert_eq!(money.amount().unwrap(), amount, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_carried_is_refused() {
        let fine: Decimal = "0.0000000001".parse().unwrap();
        assert_eq!(Money::from_decimal(fine, "RUB"), Err(MoneyError::TooFine(fine)));
        let large: Decimal = "9223372036854775808".parse().unwrap();
        assert_eq!(Money::from_decimal(large, "RUB"), Err(MoneyError::TooLarge(large)));
        let odd = Money { currency_code: "RUB".to_owned(), units: 1, nanos: -1 };
        assert_eq!(odd.amount(), Err(MoneyError::Inconsistent { units: 1, nanos: -1 }));
    }
}
