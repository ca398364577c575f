//! What is ordered of an insurer's registers.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::kind::Wishes;
use super::period::Period;

/// What is put wrong in the registers of an insurer; nothing by default.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Order {
    /// The same seed gives the same differences.
    pub seed: u64,
    /// How many of each kind.
    pub differences: Wishes,
    /// Only in the register of these days; in that of any when absent.
    pub period: Option<Period>,
    /// The last day of which a register must know; by the insurer's own calendar when absent.
    pub cut_off: Option<Date>,
    /// What is wrong with the file as a whole.
    pub fault: Option<FileFault>,
}

impl Order {
    /// What is put wrong in the register of this period.
    pub(super) fn of(self, period: Period) -> Self {
        if self.period.is_none_or(|ordered| ordered == period) { self } else { Self::default() }
    }
}

/// What can be wrong with a file as a whole.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileFault {
    /// Letters as of another decade: CSV in code page 866, JSON and XML in UTF-16 without a mark.
    WrongEncoding,
    /// No premiums.
    MissingColumn,
    /// Every row of a table stands one column to the left of its header.
    Shifted,
    /// It ends in the middle.
    Truncated,
    /// It says that it is of another insurer.
    OtherInsurer,
    /// It is of the period before.
    OtherPeriod,
    /// A web page.
    Html,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registers::Kind;

    #[test]
    fn an_order_is_read_as_it_is_written_and_unknown_words_are_refused() {
        let text = r#"{"seed": 7, "differences": {"premium_differs": 4}, "fault": "other-insurer"}"#;
        let order: Order = serde_json::from_str(text).unwrap();
        assert_eq!((order.seed, order.differences[&Kind::PremiumDiffers]), (7, 4));
        assert_eq!(order.fault, Some(FileFault::OtherInsurer));
        assert_eq!(serde_json::from_str::<Order>("{}").unwrap(), Order::default());
        for text in [r#"{"differences": {"premium": 4}}"#, r#"{"fault": "lost"}"#, r#"{"sed": 7}"#] {
            assert!(serde_json::from_str::<Order>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_register_of_another_period_is_left_alone() {
        let period = |from: &str, to: &str| Period { from: from.parse().unwrap(), to: to.parse().unwrap() };
        let (october, november) = (period("2026-10-01", "2026-10-31"), period("2026-11-01", "2026-11-30"));
        let order = Order { seed: 7, period: Some(november), ..Order::default() };
        assert_eq!(order.clone().of(november), order);
        assert_eq!(order.of(october), Order::default());
        assert_eq!(Order { seed: 7, ..Order::default() }.of(october).seed, 7);
    }
}
