//! Until when a policy must have been issued to be in the register of a period.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// What a register is about.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// Its first day.
    pub from: Date,
    /// Its last day, included.
    pub to: Date,
}

/// The insurer's calendar: when it closes a period. Without any of these it closes with its last day.
#[derive(Clone, Debug, Default, Deserialize, Serialize, PartialEq, Eq)]
#[serde(deny_unknown_fields, default)]
pub struct CutOff {
    /// This day of the month in which the period ends; in shorter months the last one.
    pub day: Option<i8>,
    /// So many days before the last day of the period.
    pub days_before_end: Option<u16>,
    /// The cut-off of periods that are closed otherwise, by their last day.
    pub exceptions: BTreeMap<Date, Date>,
}

impl CutOff {
    /// The last day on which a policy can have been issued that must be in the register of this period.
    pub fn of(&self, period: Period) -> Date {
        if let Some(exception) = self.exceptions.get(&period.to) {
            return *exception;
        }
        let end = period.to;
        let day = match (self.day, self.days_before_end) {
            (Some(day), _) => end.with().day(day.clamp(1, end.days_in_month())).build().ok(),
            (None, Some(days)) => end.checked_sub(jiff::Span::new().days(i32::from(days))).ok(),
            (None, None) => None,
        };
        day.map_or(end, |day| day.min(end))
    }

    /// The same as far as it can be known today: of a period that is open, a register knows the days before today.
    pub fn known(&self, period: Period, today: Date) -> Date {
        self.of(period).min(today.yesterday().unwrap_or(today))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn month(from: &str, to: &str) -> Period {
        Period { from: day(from), to: day(to) }
    }

    #[test]
    fn a_period_is_closed_by_the_insurers_calendar() {
        let november = month("2026-11-01", "2026-11-30");
        let exceptions = BTreeMap::from([(day("2026-12-31"), day("2026-12-28"))]);
        let cut_off = |day, days_before_end| CutOff { day, days_before_end, exceptions: exceptions.clone() };
        for (cut_off, period, expected) in [
            (cut_off(None, None), november, "2026-11-30"),
            (cut_off(Some(25), None), november, "2026-11-25"),
            (cut_off(Some(31), None), november, "2026-11-30"),
            (cut_off(None, Some(3)), november, "2026-11-27"),
            (cut_off(None, Some(30)), november, "2026-10-31"),
            (cut_off(Some(25), None), month("2026-12-01", "2026-12-31"), "2026-12-28"),
            (cut_off(Some(25), None), month("2026-11-01", "2026-11-15"), "2026-11-15"),
        ] {
            assert_eq!(cut_off.of(period), day(expected), "{cut_off:?} of {period:?}");
        }
    }

    #[test]
    fn of_an_open_period_only_the_days_before_today_are_known() {
        let november = month("2026-11-01", "2026-11-30");
        let cut_off = CutOff { day: Some(25), ..CutOff::default() };
        assert_eq!(cut_off.known(november, day("2026-11-20")), day("2026-11-19"));
        assert_eq!(cut_off.known(november, day("2026-12-01")), day("2026-11-25"));
    }
}
