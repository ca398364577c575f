//! When an insurer is polled: every so often, or by a crontab expression, and only while it is open.

use std::time::Duration;

use cronexpr::{Crontab, MakeTimestamp};
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// When polls begin.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// How often.
    pub beat: Beat,
    /// When at all; always when absent.
    pub hours: Option<Hours>,
    /// Share, 0 to 1, by which a poll may come early or late, so that not all come at once. With a crontab expression:
    /// that share of a minute later.
    pub jitter: f64,
}

/// How often polls begin.
#[derive(Clone, Debug)]
pub enum Beat {
    /// Time between the beginnings of two polls. It is also the rate limit: nothing polls faster.
    Every(Duration),
    /// At these times.
    Cron(Box<Crontab>),
}

/// Opening hours.
#[derive(Clone, Debug)]
pub struct Hours {
    /// Where the clock hangs.
    pub zone: TimeZone,
    /// On which days.
    pub days: Vec<Weekday>,
    /// From this time on.
    pub from: Time,
    /// Until this time, later than `from`.
    pub to: Time,
}

impl Schedule {
    /// A poll every so often, at any time.
    pub fn every(period: Duration) -> Self {
        Self { beat: Beat::Every(period), hours: None, jitter: 0.1 }
    }

    /// The same with another period, where an operator wants one.
    pub fn ordered(&self, every: Option<Duration>) -> Self {
        let beat = every.map_or_else(|| self.beat.clone(), Beat::Every);
        Self { beat, ..self.clone() }
    }

    /// When the next poll begins after one that began then. `random` is from 0 to 1.
    pub fn next(&self, began: Timestamp, random: f64) -> Timestamp {
        let later = Duration::from_secs(60).mul_f64(self.jitter * random);
        let at = match &self.beat {
            Beat::Every(period) => add(began, period.mul_f64(1.0 + self.jitter * (2.0 * random - 1.0))),
            // An expression that never comes again is not polled again; the year is as good as never.
            Beat::Cron(crontab) => {
                let next = crontab.find_next(MakeTimestamp(began));
                next.map_or_else(|_| add(began, NEVER), |next| add(next.timestamp(), later))
            }
        };
        self.when_open(at, random)
    }

    /// When a poll is due, seen from `now`: after one that began at `last`, or the first, and not before somebody wants
    /// it. What was due already comes soon, in its hours: those who were all overdue do not come all at once.
    pub fn due(
        &self, last: Option<Timestamp>, not_before: Option<Timestamp>, now: Timestamp, random: f64,
    ) -> Timestamp {
        let due = match (last, &self.beat) {
            // Another clock, perhaps ahead of ours, may have told when it was.
            (Some(last), _) => self.next(last.min(now), random),
            (None, Beat::Every(_)) => now,
            (None, Beat::Cron(_)) => self.next(now, random),
        };
        let due = not_before.map_or(due, |not_before| due.max(not_before));
        let soon = SOON.min(self.period().mul_f64(self.jitter * random));
        self.when_open(if due > now { due } else { add(now, soon) }, random)
    }

    /// This time, or a little after the next opening where it is closed then.
    fn when_open(&self, at: Timestamp, random: f64) -> Timestamp {
        match &self.hours {
            Some(hours) if !hours.is_open(at) => {
                add(hours.opens(at), Duration::from_secs(60).mul_f64(self.jitter * random))
            }
            _ => at,
        }
    }

    /// The shortest time between two polls, for what is measured against it.
    pub fn period(&self) -> Duration {
        match &self.beat {
            Beat::Every(period) => *period,
            Beat::Cron(_) => Duration::from_secs(60),
        }
    }
}

const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);
/// How long one that is overdue waits at most.
const SOON: Duration = Duration::from_secs(10);

pub(super) fn add(at: Timestamp, wait: Duration) -> Timestamp {
    SignedDuration::try_from(wait).ok().and_then(|wait| at.checked_add(wait).ok()).unwrap_or(Timestamp::MAX)
}

impl Hours {
    pub(super) fn is_open(&self, at: Timestamp) -> bool {
        let there = at.to_zoned(self.zone.clone());
        self.days.contains(&there.weekday()) && (self.from..self.to).contains(&there.time())
    }

    /// When it closes, being open.
    pub(super) fn closes(&self, at: Timestamp) -> Timestamp {
        let today = at.to_zoned(self.zone.clone()).date();
        let closing = today.to_datetime(self.to).to_zoned(self.zone.clone());
        closing.map_or(at, |closing| closing.timestamp())
    }

    /// When it opens next, being closed.
    pub(super) fn opens(&self, at: Timestamp) -> Timestamp {
        let today = at.to_zoned(self.zone.clone()).date();
        let days = (0..=7).filter_map(|ahead| today.checked_add(ahead.days()).ok());
        let openings = days.filter(|day| self.days.contains(&day.weekday())).filter_map(|day| {
            let opening = day.to_datetime(self.from).to_zoned(self.zone.clone()).ok()?;
            Some(opening.timestamp())
        });
        openings.into_iter().find(|opening| *opening > at).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    pub(crate) fn office() -> Hours {
        Hours {
            zone: TimeZone::get("Asia/Yekaterinburg").unwrap(),
            days: vec![Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday],
            from: Time::constant(9, 0, 0, 0),
            to: Time::constant(18, 0, 0, 0),
        }
    }

    #[test]
    fn a_period_spreads_around_itself() {
        let schedule = Schedule::every(Duration::from_secs(100));
        let began = at("2026-11-24T10:00:00Z");
        assert_eq!(schedule.next(began, 0.0), at("2026-11-24T10:01:30Z"));
        assert_eq!(schedule.next(began, 0.5), at("2026-11-24T10:01:40Z"));
        assert_eq!(schedule.next(began, 1.0), at("2026-11-24T10:01:50Z"));
    }

    #[test]
    fn a_crontab_expression_says_when() {
        let crontab = cronexpr::parse_crontab("0 6 * * * Europe/Moscow").unwrap();
        let schedule = Schedule { beat: Beat::Cron(Box::new(crontab)), hours: None, jitter: 0.5 };
        assert_eq!(schedule.next(at("2026-11-24T10:00:00Z"), 0.0), at("2026-11-25T03:00:00Z"));
        assert_eq!(schedule.next(at("2026-11-24T10:00:00Z"), 1.0), at("2026-11-25T03:00:30Z"));
    }

    #[test]
    fn nobody_is_polled_while_closed() {
        let schedule = Schedule { hours: Some(office()), jitter: 0.0, ..Schedule::every(Duration::from_secs(60)) };
        // Friday 17:59 there, five hours ahead of UTC: the next poll is on Monday at nine.
        assert_eq!(schedule.next(at("2026-11-27T12:58:30Z"), 0.0), at("2026-11-27T12:59:30Z"));
        assert_eq!(schedule.next(at("2026-11-27T12:59:30Z"), 0.0), at("2026-11-30T04:00:00Z"));
        assert_eq!(schedule.next(at("2026-11-30T03:00:00Z"), 0.0), at("2026-11-30T04:00:00Z"));
    }
    #[test]
    fn what_is_overdue_comes_soon_and_what_is_not_keeps_its_time() {
        let schedule = Schedule::every(Duration::from_secs(600));
        let now = at("2026-11-24T10:00:00Z");
        assert_eq!(schedule.due(None, None, now, 0.0), now, "never polled");
        assert_eq!(schedule.due(Some(at("2026-11-24T09:55:00Z")), None, now, 0.5), at("2026-11-24T10:05:00Z"));
        let overdue = Some(at("2026-11-24T08:00:00Z"));
        let soon: Vec<_> = [0.0, 0.1, 0.9].map(|random| schedule.due(overdue, None, now, random)).into();
        assert_eq!(soon[0], now);
        assert!(soon[1] > now && soon[2] > soon[1] && soon[2] <= now + SOON, "{soon:?}");
        let asked = at("2026-11-24T10:30:00Z");
        assert_eq!(schedule.due(overdue, Some(asked), now, 0.5), asked, "it wants to be left alone until then");
        assert_eq!(schedule.due(Some(at("2026-11-24T11:00:00Z")), None, now, 0.5), at("2026-11-24T10:10:00Z"));
    }

    #[test]
    fn what_is_overdue_still_waits_for_the_opening() {
        let schedule = Schedule { hours: Some(office()), jitter: 0.0, ..Schedule::every(Duration::from_secs(60)) };
        let (saturday, monday) = (at("2026-11-28T10:00:00Z"), at("2026-11-30T04:00:00Z"));
        assert_eq!(schedule.due(Some(at("2026-11-27T12:50:00Z")), None, saturday, 0.5), monday);
        assert_eq!(schedule.due(None, None, saturday, 0.5), monday);
        let friday = at("2026-11-27T12:50:00Z");
        let rested = Some(at("2026-11-27T13:30:00Z"));
        assert_eq!(schedule.due(Some(friday), rested, friday, 0.5), monday, "a rest that ends while it is closed");
    }

    #[test]
    fn a_crontab_expression_is_kept_by_those_who_come_later() {
        let crontab = cronexpr::parse_crontab("0 6 * * * Europe/Moscow").unwrap();
        let schedule = Schedule { beat: Beat::Cron(Box::new(crontab)), hours: None, jitter: 0.0 };
        let (now, tomorrow) = (at("2026-11-24T10:00:00Z"), at("2026-11-25T03:00:00Z"));
        assert_eq!(schedule.due(None, None, now, 0.5), tomorrow);
        assert_eq!(schedule.due(Some(at("2026-11-24T03:00:07Z")), None, now, 0.5), tomorrow);
        assert_eq!(schedule.due(Some(at("2026-11-23T03:00:07Z")), None, now, 0.5), now, "nobody was there at six");
    }
}
