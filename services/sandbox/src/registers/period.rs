//! The days that a register is about.

use std::fmt;

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Days, both included.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// The first.
    pub from: Date,
    /// The last.
    pub to: Date,
}

/// An interval (ISO 8601).
impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.from, self.to)
    }
}

impl Period {
    /// The same, unless it ends before it begins.
    pub(super) fn checked(self) -> Result<Self, String> {
        let Self { from, to } = self;
        if from <= to { Ok(self) } else { Err(format!("the period ends on {to}, before it begins on {from}")) }
    }

    pub(super) fn contains(self, day: Date) -> bool {
        (self.from..=self.to).contains(&day)
    }

    /// As many days before.
    pub(super) fn before(self) -> Self {
        let to = self.from.yesterday().unwrap_or(self.from);
        let days = self.from.until(self.to).map_or(0, |span| span.get_days());
        Self { from: to.saturating_sub(Span::new().days(days)), to }
    }
}

/// The day of a time where the insurers are: Moscow, three hours before UTC all the year.
pub(super) fn day_of(time: Timestamp) -> Date {
    time.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(3))).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_period_before_is_as_long() {
        let november = Period { from: day("2026-11-01"), to: day("2026-11-30") };
        assert_eq!(november.before(), Period { from: day("2026-10-02"), to: day("2026-10-31") });
        assert!(november.checked().is_ok() && november.contains(day("2026-11-30")));
        assert!(Period { from: november.to, to: november.from }.checked().unwrap_err().contains("2026-11-01"));
    }

    #[test]
    fn a_day_begins_at_midnight_in_moscow() {
        let of = |text: &str| day_of(text.parse().unwrap());
        assert_eq!(of("2026-11-30T20:59:59Z"), day("2026-11-30"));
        assert_eq!(of("2026-11-30T21:00:00Z"), day("2026-12-01"));
    }
}
