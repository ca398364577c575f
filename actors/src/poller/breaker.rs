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
}

impl Breaker {
    /// Opens after so many failures in a row; rests from `first` up to `cap`, growing with every failed trial.
    pub fn new(opens_after: u32, first: Duration, cap: Duration) -> Self {
        Self { failures: 0, opens_after, rest: Backoff { first, cap, jitter: 0.2, ..Backoff::default() } }
    }

    /// A call succeeded: closed.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// A call failed.
    pub fn failed(&mut self) {
        self.failures += 1;
    }

    /// How long to rest before the next trial; none while closed.
    pub fn rest(&self) -> Option<Duration> {
        let trials = self.failures.checked_sub(self.opens_after)?;
        Some(self.rest.delay(trials, fastrand::f64()))
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
            breaker.failed();
        }
        assert_eq!(breaker.rest(), None);
        breaker.failed();
        let first = breaker.rest().unwrap();
        assert!(first >= Duration::from_millis(800) && first <= Duration::from_millis(1200));
        for _ in 0..10 {
            breaker.failed();
        }
        assert!(breaker.rest().unwrap() <= Duration::from_secs(8));
        breaker.succeeded();
        assert_eq!(breaker.rest(), None);
    }
}
