//! How an insurer writes its registers, and what it owes to whoever sold the policies.

use jiff::Span;
use jiff::civil::Date;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Deserialize;

use super::period::Period;

/// The terms of one insurer.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Terms {
    /// Its full name, as registers give it; its identifier when empty.
    pub name: String,
    /// What the file is.
    pub form: Form,
    /// Hundredths of a premium that whoever sold the policy gets.
    pub commission_per_cent: Decimal,
    /// When it closes a period; with its last day when absent. Its registers have what is issued later too: that nobody can ask
    /// for it yet matters only to those who miss it.
    pub cut_off: Option<CutOff>,
}

/// When an insurer closes a period.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum CutOff {
    /// On this day of the month in which it ends; in shorter months on the last one.
    Day(i8),
    /// So many days before its last day.
    DaysBeforeEnd(i32),
}

/// What the file of a register is.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// CSV in UTF-8.
    #[default]
    Csv,
    /// CSV in windows-1251.
    #[serde(rename = "csv-windows-1251")]
    CsvWindows1251,
    /// A workbook.
    Xlsx,
    /// JSON.
    Json,
    /// XML.
    Xml,
}

impl Default for Terms {
    fn default() -> Self {
        Self { name: String::new(), form: Form::default(), commission_per_cent: Decimal::TEN, cut_off: None }
    }
}

impl Terms {
    /// The full name of the insurer that has this identifier.
    pub(super) fn name_of<'t>(&'t self, id: &'t str) -> &'t str {
        if self.name.is_empty() { id } else { &self.name }
    }

    /// The share of a premium, to the kopeck, half of one upwards.
    pub(super) fn commission(&self, premium: Decimal) -> Decimal {
        let share = premium * self.commission_per_cent / Decimal::ONE_HUNDRED;
        share.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
    }

    /// The last day of which a register of this period must know.
    pub fn cut_off(&self, period: Period) -> Date {
        let end = period.to;
        let day = match self.cut_off {
            None => end,
            Some(CutOff::Day(day)) => end.with().day(day.clamp(1, end.days_in_month())).build().unwrap_or(end),
            Some(CutOff::DaysBeforeEnd(days)) => end.saturating_sub(Span::new().days(days)),
        };
        day.min(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_kopeck_is_rounded_upwards() {
        let terms = Terms::default();
        for (premium, commission) in [("3650.00", "365.00"), ("100.45", "10.05"), ("100.44", "10.04"), ("0", "0")] {
            assert_eq!(terms.commission(premium.parse().unwrap()), commission.parse().unwrap(), "of {premium}");
        }
    }

    #[test]
    fn a_period_is_closed_on_its_day() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let february = Period { from: day("2026-02-01"), to: day("2026-02-28") };
        for (cut_off, closed_on) in [
            (None, "2026-02-28"),
            (Some(CutOff::Day(31)), "2026-02-28"),
            (Some(CutOff::Day(25)), "2026-02-25"),
            (Some(CutOff::DaysBeforeEnd(3)), "2026-02-25"),
        ] {
            assert_eq!(Terms { cut_off, ..Terms::default() }.cut_off(february), day(closed_on), "{cut_off:?}");
        }
    }
}
