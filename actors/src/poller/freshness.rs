//! How long a catalogue is fresh. Time in which nobody was to be polled does not count: a night makes nothing stale.

use std::time::Duration;

use jiff::Timestamp;

use super::schedule::{Beat, Schedule, add};

/// Beyond three polls, where nothing else is wanted: an insurer may be away that long without anybody being called.
const UNTIL_STALE: Duration = Duration::from_secs(300);
/// No freshness reaches over more openings.
const OPENINGS: usize = 400;

impl Schedule {
    /// When a catalogue that was confirmed then becomes stale, unless it is confirmed again: after `within` of the hours, or
    /// after three polls that gave nothing. Never before the next poll was due and had its time to answer.
    pub fn stale_at(&self, confirmed: Timestamp, within: Option<Duration>, answer: Duration) -> Timestamp {
        let stale = match (within, &self.beat) {
            (Some(within), _) => self.open_for(confirmed, within),
            (None, Beat::Every(period)) => self.open_for(confirmed, *period * 3 + UNTIL_STALE),
            (None, Beat::Cron(_)) => {
                let third = (0..3).fold(confirmed, |at, _| self.next(at, 1.0));
                self.open_for(third, UNTIL_STALE)
            }
        };
        stale.max(add(self.next(confirmed, 1.0), answer))
    }

    /// When it has been open for so long since then.
    fn open_for(&self, since: Timestamp, long: Duration) -> Timestamp {
        let Some(hours) = &self.hours else { return add(since, long) };
        let (mut at, mut left) = (since, long);
        for _ in 0..OPENINGS {
            if !hours.is_open(at) {
                at = hours.opens(at);
            }
            let open = Duration::try_from(hours.closes(at).duration_since(at)).unwrap_or_default();
            if open.is_zero() || left <= open {
                break;
            }
            (at, left) = (hours.closes(at), left - open);
        }
        add(at, left)
    }
}

#[cfg(test)]
mod tests {
    use super::super::schedule::tests::office;
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const ANSWER: Duration = Duration::from_secs(10);

    #[test]
    fn without_hours_the_clock_counts() {
        let schedule = Schedule::every(Duration::from_secs(60));
        let confirmed = at("2026-11-24T10:00:00Z");
        let stale = |within| schedule.stale_at(confirmed, within, ANSWER);
        assert_eq!(stale(None), at("2026-11-24T10:08:00Z"), "three polls and five minutes");
        assert_eq!(stale(Some(Duration::from_secs(600))), at("2026-11-24T10:10:00Z"));
        assert_eq!(stale(Some(Duration::from_secs(5))), at("2026-11-24T10:01:16Z"), "not before it can be confirmed");
    }

    #[test]
    fn nights_and_weekends_do_not_count() {
        let schedule = Schedule { hours: Some(office()), jitter: 0.0, ..Schedule::every(Duration::from_secs(60)) };
        // Friday 17:58 there, five hours ahead of UTC; it opens on Monday at nine.
        let friday = at("2026-11-27T12:58:00Z");
        assert_eq!(schedule.stale_at(friday, None, ANSWER), at("2026-11-30T04:06:00Z"));
        assert_eq!(schedule.stale_at(friday, Some(Duration::from_secs(60)), ANSWER), at("2026-11-27T12:59:10Z"));
        assert_eq!(schedule.stale_at(friday, Some(Duration::from_secs(180)), ANSWER), at("2026-11-30T04:01:00Z"));
        // Polled by order while it was closed.
        let saturday = at("2026-11-28T10:00:00Z");
        assert_eq!(schedule.stale_at(saturday, Some(Duration::from_secs(600)), ANSWER), at("2026-11-30T04:10:00Z"));
        let week = Duration::from_secs(9 * 3600 * 5);
        assert_eq!(
            schedule.stale_at(friday, Some(week), ANSWER),
            at("2026-12-04T12:58:00Z"),
            "five days of nine hours"
        );
    }

    #[test]
    fn a_crontab_expression_makes_nothing_stale_before_its_time() {
        let crontab = cronexpr::parse_crontab("0 6 * * 1-5 Europe/Moscow").unwrap();
        let schedule = Schedule { beat: Beat::Cron(Box::new(crontab)), hours: None, jitter: 0.0 };
        let friday = at("2026-11-27T03:00:05Z");
        assert_eq!(
            schedule.stale_at(friday, None, ANSWER),
            at("2026-12-02T03:05:00Z"),
            "three polls that gave nothing"
        );
        let within = Some(Duration::from_secs(26 * 3600));
        assert_eq!(
            schedule.stale_at(friday, within, ANSWER),
            at("2026-11-30T03:00:10Z"),
            "nobody was to ask on Saturday"
        );
        assert_eq!(schedule.stale_at(at("2026-11-26T03:00:05Z"), within, ANSWER), at("2026-11-27T05:00:05Z"));
    }
}
