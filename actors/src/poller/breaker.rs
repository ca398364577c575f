//! A circuit breaker (Nygard, "Release It!"): after failures in a row the insurer is left alone for a while, then
//! tried once.

use std::time::Duration;

use jiff::Timestamp;

use crate::runtime::Backoff;

/// Counts failures in a row and says until when to leave the insurer alone.
#[derive(Clone, Debug)]
pub struct Breaker {
    failures: u32,
    opens_after: u32,
    rest: Backoff,
    until: Option<Timestamp>,
    /// A call is under way while it is open: the trial.
    trying: bool,
}

/// Whether an insurer is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// As its schedule says.
    Closed,
    /// It is left alone.
    Open,
    /// It is tried once: success closes, failure opens for longer.
    HalfOpen,
}

impl std::fmt::Display for BreakerState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
        })
    }
}

/// Nobody is left alone for longer because of what it says: a mistaken header must not end the polling.
const LONGEST_ASKED: Duration = Duration::from_secs(6 * 3600);

impl Breaker {
    /// Opens after so many failures in a row; rests from `first` up to `cap`, growing with every failed trial.
    pub fn new(opens_after: u32, first: Duration, cap: Duration) -> Self {
        let rest = Backoff { first, cap, jitter: 0.2, ..Backoff::default() };
        Self { failures: 0, opens_after, rest, until: None, trying: false }
    }

    /// As whoever called before has left it.
    #[must_use]
    pub fn after(self, failures: u32, until: Option<Timestamp>) -> Self {
        Self { failures, until, ..self }
    }

    /// A call begins.
    pub fn calls(&mut self) {
        self.trying = true;
    }

    /// A call succeeded: closed.
    pub fn succeeded(&mut self) {
        self.trying = false;
        self.failures = 0;
        self.until = None;
    }

    /// A call failed, perhaps with the wish to be asked again later (`Retry-After`, RFC 9110, section 10.2.3).
    pub fn failed(&mut self, retry_after: Option<Duration>) {
        self.trying = false;
        self.failures = self.failures.saturating_add(1);
        let trials = self.failures.checked_sub(self.opens_after);
        let own = trials.map(|trials| self.rest.delay(trials, fastrand::f64()));
        let rest = own.max(retry_after.map(|asked| asked.min(LONGEST_ASKED)));
        self.until = rest.map(|rest| Timestamp::now() + rest);
    }

    /// Whether the insurer is called.
    pub fn state(&self) -> BreakerState {
        match (self.failures >= self.opens_after, self.trying) {
            (false, _) => BreakerState::Closed,
            (true, false) => BreakerState::Open,
            (true, true) => BreakerState::HalfOpen,
        }
    }

    /// Until when the insurer is left alone; none when the schedule alone says.
    pub fn until(&self) -> Option<Timestamp> {
        self.until
    }

    /// Failures in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long it rests from now on.
    fn rest(breaker: &Breaker) -> Option<Duration> {
        breaker.until().map(|until| Duration::try_from(until.duration_since(Timestamp::now())).unwrap_or_default())
    }

    #[test]
    fn opens_rests_longer_and_closes_on_success() {
        let mut breaker = Breaker::new(3, Duration::from_secs(10), Duration::from_secs(80));
        for _ in 0..2 {
            breaker.failed(None);
        }
        assert_eq!((breaker.until(), breaker.state()), (None, BreakerState::Closed));
        breaker.failed(None);
        assert_eq!(breaker.state(), BreakerState::Open);
        let first = rest(&breaker).unwrap();
        assert!(first >= Duration::from_secs(7) && first <= Duration::from_secs(12), "{first:?}");
        breaker.calls();
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        for _ in 0..10 {
            breaker.failed(None);
        }
        let longest = rest(&breaker).unwrap();
        assert!(longest > first && longest <= Duration::from_secs(80), "{longest:?}");
        assert_eq!(breaker.state(), BreakerState::Open);
        let next = Breaker::new(3, Duration::from_secs(10), Duration::from_secs(80));
        let next = next.after(breaker.failures(), breaker.until());
        assert_eq!((next.state(), next.until()), (BreakerState::Open, breaker.until()));
        breaker.succeeded();
        assert_eq!((breaker.until(), breaker.state()), (None, BreakerState::Closed));
    }

    #[test]
    fn what_the_insurer_asks_for_is_bounded() {
        let mut breaker = Breaker::new(3, Duration::from_secs(1), Duration::from_secs(8));
        breaker.failed(Some(Duration::from_secs(1000)));
        assert!(rest(&breaker).unwrap() > Duration::from_secs(990));
        breaker.failed(Some(Duration::MAX));
        assert!(rest(&breaker).unwrap() <= LONGEST_ASKED);
        breaker.failed(None);
        assert!(rest(&breaker).unwrap() <= Duration::from_secs(8), "what was asked before is over");
    }
}
