//! Which registers are to be fetched, as it follows from a schedule: those that have become due since it was last looked, and the
//! next one. Nothing here knows of a clock.

use jiff::Timestamp;

use super::pulls::Open;
use crate::insurers::Schedule;
use crate::register::Period;

/// A register that is to be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) due: Timestamp,
    pub(super) period: Period,
}

/// Times that are looked at in one go; the rest of a very long absence comes next time.
const MOST_TIMES: usize = 2_000;

/// What is wanted after that time. Of several that were missed and are about the same days, the last one says all of it.
pub(super) fn wanted(schedule: &Schedule, after: Timestamp, now: Timestamp) -> Vec<Wanted> {
    let mut wanted: Vec<Wanted> = Vec::new();
    let mut due = after;
    for _ in 0..MOST_TIMES {
        due = schedule.next(due);
        let period = schedule.period(due);
        if due > now {
            wanted.push(Wanted { due, period });
            break;
        }
        match wanted.last_mut().filter(|last| last.period == period) {
            Some(last) => last.due = due,
            None => wanted.push(Wanted { due, period }),
        }
    }
    wanted
}

/// Whether this is what is planned already for an insurer.
pub(super) fn is_planned(wanted: &[Wanted], insurer: &str, open: &[Open], now: Timestamp) -> bool {
    let of_insurer = || open.iter().filter(|open| open.insurer == insurer);
    let there = |wanted: &Wanted| of_insurer().any(|open| (open.due, open.period) == (wanted.due, wanted.period));
    wanted.iter().all(there)
        && of_insurer().filter(|open| open.due > now).all(|open| wanted.iter().any(|wanted| wanted.due == open.due))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::insurers::sample;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn shown(schedule: &Schedule, after: &str, now: &str) -> Vec<String> {
        let wanted = wanted(schedule, at(after), at(now));
        wanted.iter().map(|wanted| format!("{}: {}", wanted.due, wanted.period)).collect()
    }

    #[test]
    fn the_next_one_is_planned_before_it_is_due() {
        let monthly = sample("0 7 3 * *", "previous-month");
        let expected = ["2026-12-03T02:00:00Z: 2026-11-01 to 2026-11-30"];
        assert_eq!(shown(&monthly, "2026-11-25T00:00:00Z", "2026-11-25T00:00:00Z"), expected);
    }

    #[test]
    fn after_an_absence_all_that_was_missed_is_fetched() {
        let daily = sample("0 7 * * *", "previous-day");
        let expected = [
            "2026-11-24T02:00:00Z: 2026-11-23 to 2026-11-23",
            "2026-11-25T02:00:00Z: 2026-11-24 to 2026-11-24",
            "2026-11-26T02:00:00Z: 2026-11-25 to 2026-11-25",
        ];
        assert_eq!(shown(&daily, "2026-11-23T02:00:00Z", "2026-11-25T12:00:00Z"), expected);
    }

    #[test]
    fn of_the_same_days_the_last_one_is_enough() {
        let daily = sample("0 7 * * *", "current-month");
        let expected = [
            "2026-11-30T02:00:00Z: 2026-11-01 to 2026-11-30",
            "2026-12-02T02:00:00Z: 2026-12-01 to 2026-12-31",
            "2026-12-03T02:00:00Z: 2026-12-01 to 2026-12-31",
        ];
        assert_eq!(shown(&daily, "2026-11-20T02:00:00Z", "2026-12-02T12:00:00Z"), expected);
        let minutely = sample("* * * * *", "current-month");
        assert_eq!(wanted(&minutely, at("2026-11-01T00:00:00Z"), at("2026-11-20T00:00:00Z")).len(), 1);
    }

    #[test]
    fn a_plan_is_made_again_when_the_schedule_is_another_one() {
        let now = at("2026-11-25T00:00:00Z");
        let of = |cron, which| wanted(&sample(cron, which), now, now);
        let open = |wanted: &Wanted| Open {
            insurer: "a".to_owned(),
            due: wanted.due,
            period: wanted.period,
            attempts: 0,
            next_attempt_at: wanted.due,
            last_error: None,
        };
        let planned = of("0 7 3 * *", "previous-month");
        let there: Vec<Open> = planned.iter().map(open).collect();
        assert!(is_planned(&planned, "a", &there, now));
        assert!(!is_planned(&planned, "b", &there, now));
        assert!(!is_planned(&of("0 8 3 * *", "previous-month"), "a", &there, now));
        assert!(!is_planned(&of("0 7 3 * *", "previous-day"), "a", &there, now));
        assert!(!is_planned(&[], "a", &there, now), "what is planned is not wanted");
        let missed = Open { due: at("2026-11-03T02:00:00Z"), ..there[0].clone() };
        assert!(is_planned(&planned, "a", &[there[0].clone(), missed], now), "what was missed stays");
    }
}
