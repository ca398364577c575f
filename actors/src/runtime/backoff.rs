//! Exponential back-off with jitter, a cap, and a reset after a healthy period.

use std::time::Duration;

/// How long to wait before the n-th try in a row.
///
/// Full-range growth with bounded jitter as in "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
#[derive(Clone, Debug, PartialEq)]
pub struct Backoff {
    /// Delay before the first try after a failure.
    pub first: Duration,
    /// Delays never grow beyond this, jitter included.
    pub cap: Duration,
    /// Share of the delay, 0 to 1, by which it may be shortened or lengthened at random.
    pub jitter: f64,
    /// After this long without a failure the delays start at [`Backoff::first`] again.
    pub healthy_after: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(100),
            cap: Duration::from_secs(30),
            jitter: 0.2,
            healthy_after: Duration::from_secs(60),
        }
    }
}

impl Backoff {
    /// The delay before try number `streak` (0 is the first after a success). `random` is uniform in 0 to 1.
    pub fn delay(&self, streak: u32, random: f64) -> Duration {
        let grown = self.first.as_secs_f64() * 2f64.powi(streak.min(62) as i32);
        let spread = 1.0 + self.jitter.clamp(0.0, 1.0) * (2.0 * random - 1.0);
        Duration::from_secs_f64((grown.min(self.cap.as_secs_f64()) * spread).min(self.cap.as_secs_f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_cap_and_jitter_stays_inside() {
        let backoff = Backoff { first: Duration::from_millis(100), cap: Duration::from_secs(1), ..Backoff::default() };
        let middle: Vec<_> = (0..6).map(|n| backoff.delay(n, 0.5).as_millis()).collect();
        assert_eq!(middle, [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(backoff.delay(0, 0.0), Duration::from_millis(80));
        assert_eq!(backoff.delay(0, 1.0), Duration::from_millis(120));
        assert_eq!(backoff.delay(9, 1.0), Duration::from_secs(1), "jitter must not pass the cap");
    }

    #[test]
    fn a_long_streak_does_not_overflow() {
        assert_eq!(Backoff::default().delay(u32::MAX, 0.5), Duration::from_secs(30));
    }
}
