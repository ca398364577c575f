//! A circuit breaker (Nygard, "Release It!"): after failures in a row the insurer is left alone for a while, then
//! tried once.

use std::time::Duration;

use crate::runtime::Backoff;

/// Counts failures in a row and says how long to leave the insurer alone.
#[derive(Clone, Debug)]
pub struct Breaker {
    failures: u32,
    opens_after: u32,
    rest: Backoff,
    /// What the insurer asked for with its last failure.
    asked: Option<Duration>,
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
        Self { failures: 0, opens_after, rest, asked: None, trying: false }
    }

    /// A call begins.
    pub fn calls(&mut self) {
        self.trying = true;
    }

    /// A call succeeded: closed.
    pub fn succeeded(&mut self) {
        self.trying = false;
        self.failures = 0;
        self.asked = None;
    }

    /// A call failed, perhaps with the wish to be asked again later (`Retry-After`, RFC 9110, section 10.2.3).
    pub fn failed(&mut self, retry_after: Option<Duration>) {
        self.trying = false;
        self.failures += 1;
        self.asked = retry_after.map(|asked| asked.min(LONGEST_ASKED));
    }

    /// Whether the insurer is called.
    pub fn state(&self) -> BreakerState {
        match (self.failures >= self.opens_after, self.trying) {
            (false, _) => BreakerState::Closed,
            (true, false) => BreakerState::Open,
            (true, true) => BreakerState::HalfOpen,
        }
    }

    /// How long to rest before the next call; none when the schedule says.
    pub fn rest(&self) -> Option<Duration> {
        let trials = self.failures.checked_sub(self.opens_after);
        let own = trials.map(|trials| self.rest.delay(trials, fastrand::f64()));
        own.max(self.asked)
    }

    /// Failures in a row.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_rests_longer_and_closes_on_success() {
        let mut breaker = Breaker::new(3, Duration::from_secs(1), Duration::from_secs(8));
        for _ in 0..2 {
            breaker.failed(None);
        }
        assert_eq!((breaker.rest(), breaker.state()), (None, BreakerState::Closed));
        breaker.failed(None);
        assert_eq!(breaker.state(), BreakerState::Open);
        breaker.calls();
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        let first = breaker.rest().unwrap();
        assert!(first >= Duration::from_millis(800) && first <= Duration::from_millis(1200));
        for _ in 0..10 {
            breaker.failed(None);
        }
        assert!(breaker.rest().unwrap() <= Duration::from_secs(8));
        assert_eq!(breaker.state(), BreakerState::Open);
        breaker.succeeded();
        assert_eq!((breaker.rest(), breaker.state()), (None, BreakerState::Closed));
    }
}
