//! The schedule of an insurer as it is written in its file.

use std::ops::Range;

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use polis_actors::config::Period;
use polis_actors::poller::{Beat, Hours, Schedule};
use serde::Deserialize;
use toml::Spanned;

/// When an insurer is polled.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleConfig {
    /// Time between the beginnings of two polls.
    pub every: Option<Spanned<Period>>,
    /// Crontab expression of five fields, in the time zone below.
    pub cron: Option<Spanned<String>>,
    /// When it is polled at all.
    pub hours: Option<Spanned<HoursConfig>>,
    /// IANA name, for `cron` and `hours`.
    pub time_zone: Option<Spanned<String>>,
    /// Share, 0 to 1, by which a poll may come early or late.
    #[serde(default = "tenth")]
    pub jitter: f64,
}

/// Opening hours.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoursConfig {
    /// `mon` to `sun`; every day when empty.
    #[serde(default)]
    pub days: Vec<Day>,
    /// `09:00`
    pub from: Time,
    /// `18:00`, later than `from`.
    pub to: Time,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "days of the week")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

fn tenth() -> f64 {
    0.1
}

type Wrong = (Option<Range<usize>>, String);

impl ScheduleConfig {
    /// The same, ready for use.
    ///
    /// # Errors
    /// The key, or none for the whole section, and what is wrong with it.
    pub fn build(&self) -> Result<Schedule, Wrong> {
        let zone = self.time_zone.as_ref().map(|name| {
            let wrong =
                |_| (Some(name.span()), format!("{:?} is not a time zone of the IANA database", name.get_ref()));
            TimeZone::get(name.get_ref()).map_err(wrong).map(|zone| (zone, name.get_ref().as_str()))
        });
        let zone = zone.transpose()?;
        let beat = match (&self.every, &self.cron) {
            (Some(every), None) if every.get_ref().0.is_zero() => {
                return Err((Some(every.span()), "must be longer than nothing".to_owned()));
            }
            (Some(every), None) => Beat::Every(every.get_ref().0),
            (None, Some(cron)) => {
                let (_, name) = zone.as_ref().ok_or((Some(cron.span()), "needs a time_zone".to_owned()))?;
                let crontab = cronexpr::parse_crontab(&format!("{} {name}", cron.get_ref().trim()));
                let wrong = |error: cronexpr::Error| (Some(cron.span()), format!("not a crontab expression: {error}"));
                Beat::Cron(Box::new(crontab.map_err(wrong)?))
            }
            _ => return Err((None, "needs exactly one of every and cron".to_owned())),
        };
        if !(0.0..=1.0).contains(&self.jitter) {
            return Err((None, format!("jitter is {}, it must be from 0 to 1", self.jitter)));
        }
        let hours = self.hours.as_ref().map(|hours| {
            let wrong = |what: &str| (Some(hours.span()), what.to_owned());
            let HoursConfig { days, from, to } = hours.get_ref();
            if from >= to {
                return Err(wrong("from must be earlier than to"));
            }
            let (zone, _) = zone.clone().ok_or_else(|| wrong("needs a time_zone"))?;
            Ok(Hours { zone, days: weekdays(days), from: *from, to: *to })
        });
        Ok(Schedule { beat, hours: hours.transpose()?, jitter: self.jitter })
    }
}

fn weekdays(days: &[Day]) -> Vec<Weekday> {
    let all = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri, Day::Sat, Day::Sun];
    let chosen = if days.is_empty() { &all[..] } else { days };
    let weekday = |day: &Day| match day {
        Day::Mon => Weekday::Monday,
        Day::Tue => Weekday::Tuesday,
        Day::Wed => Weekday::Wednesday,
        Day::Thu => Weekday::Thursday,
        Day::Fri => Weekday::Friday,
        Day::Sat => Weekday::Saturday,
        Day::Sun => Weekday::Sunday,
    };
    chosen.iter().map(weekday).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        let config: ScheduleConfig = toml::from_str(text).unwrap();
        config.build().unwrap_err().1
    }

    #[test]
    fn schedules_are_checked() {
        let office = "every = \"30s\"\ntime_zone = \"Europe/Moscow\"\n\
            hours = { days = [\"mon\", \"fri\"], from = \"09:00\", to = \"18:00\" }";
        let config: ScheduleConfig = toml::from_str(office).unwrap();
        assert_eq!(config.build().unwrap().hours.unwrap().days, [Weekday::Monday, Weekday::Friday]);
        assert!(error("cron = \"0 6 * * *\"").contains("time_zone"));
        assert!(error("cron = \"0 66 * * *\"\ntime_zone = \"Europe/Moscow\"").contains("not a crontab"));
        assert!(error("every = \"1s\"\ncron = \"0 6 * * *\"").contains("exactly one"));
        assert!(error("every = \"1s\"\ntime_zone = \"Mars/Olympus\"").contains("IANA"));
        assert!(error("every = \"1s\"\nhours = { from = \"18:00\", to = \"09:00\" }").contains("earlier"));
    }
}
