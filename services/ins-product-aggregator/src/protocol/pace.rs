//! How often an insurer may be asked: requests are spread evenly (generic cell rate algorithm, ITU-T I.371), whatever the
//! schedule, the number of pages or an operator wants.

use std::num::NonZeroU32;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use polis_actors::poller::off_the_clock;

/// The pace of requests to one insurer.
#[derive(Debug, Default)]
pub(crate) struct Pace(Option<DefaultDirectRateLimiter>);

impl Pace {
    /// That many requests a minute; those of one second may come at once. No limit when absent.
    pub(crate) fn new(per_minute: Option<NonZeroU32>) -> Self {
        let burst = |most: NonZeroU32| NonZeroU32::new(most.get() / 60).unwrap_or(NonZeroU32::MIN);
        Self(per_minute.map(|most| RateLimiter::direct(Quota::per_minute(most).allow_burst(burst(most)))))
    }

    /// Waits until the next request may go out. It is not the insurer that takes this time.
    pub(crate) async fn wait(&self) {
        let Some(limiter) = &self.0 else { return };
        while let Err(not_yet) = limiter.check() {
            off_the_clock(tokio::time::sleep(not_yet.wait_time_from(DefaultClock::default().now()))).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use polis_actors::poller::within;
    use polis_actors::runtime::Progress;

    use super::*;

    #[tokio::test]
    async fn requests_are_spread_over_the_minute() {
        let pace = Pace::new(NonZeroU32::new(1200));
        let began = Instant::now();
        for _ in 0..24 {
            pace.wait().await;
        }
        assert!(began.elapsed() >= Duration::from_millis(180), "twenty at once, then one every 50 ms");
        Pace::new(None).wait().await;
    }
    #[tokio::test]
    async fn waiting_for_its_turn_is_no_time_of_a_call() {
        let pace = Pace::new(NonZeroU32::new(600));
        let (deadline, began) = (Duration::from_millis(150), Instant::now());
        let pages = async {
            for _ in 0..14 {
                pace.wait().await;
            }
        };
        let (answer, spent) = within(deadline, &Progress::detached(), pages).await;
        assert!(answer.is_some() && spent < deadline, "{spent:?}");
        assert!(began.elapsed() >= Duration::from_millis(350), "ten at once, then one every 100 ms");
    }
}
