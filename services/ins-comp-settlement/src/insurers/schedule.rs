//! When the registers of an insurer are fetched, and of which days.

use std::fmt;

use cronexpr::MakeTimestamp;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use polis_actors::poller::{self, Beat};
use serde::Deserialize;

use crate::register::Period;

/// A schedule as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScheduleConfig {
    /// Crontab expression of five fields, in the time zone of the insurer.
    cron: String,
    /// Of which days.
    #[serde(default)]
    period: Which,
}

/// Of which days, seen from the day on which a register is due.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Which {
    /// The month before.
    #[default]
    PreviousMonth,
    /// The day before.
    PreviousDay,
    /// The month of that day, to its end.
    CurrentMonth,
}

/// When registers are fetched, and of which days.
#[derive(Clone, Debug)]
pub struct Schedule {
    beat: poller::Schedule,
    which: Which,
    zone: TimeZone,
    cron: String,
}

/// A day after which any expression that ever comes does so within four years.
const SOME_DAY: Timestamp = Timestamp::constant(1_767_225_600, 0);

impl ScheduleConfig {
    /// The same, ready for use; otherwise the key and what is wrong with it.
    pub(super) fn build(&self, zone: &TimeZone, zone_name: &str) -> Result<Schedule, (&'static str, String)> {
        let cron = self.cron.trim();
        let wrong = |what: String| ("schedule.cron", what);
        let crontab = cronexpr::parse_crontab(&format!("{cron} {zone_name}"))
            .map_err(|error| wrong(format!("{cron:?} is not a crontab expression, as \"0 7 3 * *\" is: {error}")))?;
        crontab.find_next(MakeTimestamp(SOME_DAY)).map_err(|_| wrong(format!("{cron:?} never comes")))?;
        let beat = poller::Schedule { beat: Beat::Cron(Box::new(crontab)), hours: None, jitter: 0.0 };
        Ok(Schedule { beat, which: self.period, zone: zone.clone(), cron: cron.to_owned() })
    }
}

impl Schedule {
    /// When the next register is due after that time.
    pub fn next(&self, after: Timestamp) -> Timestamp {
        self.beat.next(after, 0.0)
    }

    /// The days of the register that is due at that time.
    pub fn period(&self, due: Timestamp) -> Period {
        self.which.of(due.to_zoned(self.zone.clone()).date())
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.cron, self.which.as_str())
    }
}

impl Which {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PreviousMonth => "previous-month",
            Self::PreviousDay => "previous-day",
            Self::CurrentMonth => "current-month",
        }
    }

    /// The days, seen from that one.
    fn of(self, day: Date) -> Period {
        let before = |day: Date| day.yesterday().unwrap_or(day);
        match self {
            Self::PreviousMonth => {
                let to = before(day.first_of_month());
                Period { from: to.first_of_month(), to }
            }
            Self::PreviousDay => Period { from: before(day), to: before(day) },
            Self::CurrentMonth => Period { from: day.first_of_month(), to: day.last_of_month() },
        }
    }
}

/// A schedule of an insurer in Yekaterinburg, for tests.
#[cfg(test)]
pub(crate) fn sample(cron: &str, period: &str) -> Schedule {
    let config: ScheduleConfig = toml::from_str(&format!("cron = {cron:?}\nperiod = {period:?}")).unwrap();
    let zone = "Asia/Yekaterinburg";
    config.build(&TimeZone::get(zone).unwrap(), zone).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(cron: &str, period: Which, zone: &str) -> Result<Schedule, String> {
        let config = ScheduleConfig { cron: cron.to_owned(), period };
        config.build(&TimeZone::get(zone).unwrap(), zone).map_err(|(key, what)| format!("{key}: {what}"))
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn days_are_seen_from_the_day_that_it_is_at_the_insurers() {
        let period = |which, due| schedule("0 7 3 * *", which, "Asia/Kamchatka").unwrap().period(at(due)).to_string();
        // It is the first of March there, twelve hours ahead.
        let due = "2028-02-29T12:30:00Z";
        assert_eq!(period(Which::PreviousMonth, due), "2028-02-01 to 2028-02-29");
        assert_eq!(period(Which::PreviousDay, due), "2028-02-29 to 2028-02-29");
        assert_eq!(period(Which::CurrentMonth, due), "2028-03-01 to 2028-03-31");
        assert_eq!(period(Which::PreviousMonth, "2027-01-10T00:00:00Z"), "2026-12-01 to 2026-12-31");
    }

    #[test]
    fn the_clock_is_that_of_the_insurer() {
        let schedule = schedule("0 7 3 * *", Which::PreviousMonth, "Asia/Yekaterinburg").unwrap();
        assert_eq!(schedule.next(at("2026-11-25T12:00:00Z")), at("2026-12-03T02:00:00Z"));
        assert_eq!(schedule.next(at("2026-12-03T02:00:00Z")), at("2027-01-03T02:00:00Z"));
        assert_eq!(schedule.to_string(), "0 7 3 * *, previous-month");
    }

    #[test]
    fn an_expression_that_cannot_be_or_never_comes_is_refused() {
        for cron in ["0 66 * * *", "0 7 3 *", "", "0 7 3 * * Europe/Moscow"] {
            assert!(schedule(cron, Which::PreviousDay, "UTC").unwrap_err().contains("not a crontab"), "{cron}");
        }
        let never = schedule("0 7 31 2 *", Which::PreviousDay, "UTC").unwrap_err();
        assert!(never.starts_with("schedule.cron") && never.ends_with("never comes"), "{never}");
    }
}
