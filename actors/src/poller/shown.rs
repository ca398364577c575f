//! What the owner of an insurer tells of it in metrics. It ends with the ownership.

use jiff::Timestamp;

use super::BreakerState;
use crate::telemetry::OwnedGauge;

/// The gauges of one insurer.
#[derive(Debug)]
pub(super) struct Shown {
    last_good: OwnedGauge,
    stale_at: OwnedGauge,
    breaker_open: OwnedGauge,
    products: OwnedGauge,
}

impl Shown {
    pub(super) fn new(insurer: &str) -> Self {
        let gauge = |name: &'static str| OwnedGauge::new(metrics::gauge!(name, "insurer" => insurer.to_owned()));
        Self {
            last_good: gauge("poller_last_good_timestamp_seconds"),
            stale_at: gauge("poller_stale_at_timestamp_seconds"),
            breaker_open: gauge("poller_breaker_open"),
            products: gauge("catalogue_products"),
        }
    }

    pub(super) fn confirmed(&self, at: Timestamp) {
        self.last_good.set(seconds(at));
    }

    pub(super) fn stale_at(&self, at: Timestamp) {
        self.stale_at.set(seconds(at));
    }

    pub(super) fn never_stale(&self) {
        self.stale_at.withdraw();
    }

    pub(super) fn breaker(&self, state: BreakerState) {
        self.breaker_open.set(f64::from(u8::from(state != BreakerState::Closed)));
    }

    pub(super) fn products(&self, count: usize) {
        self.products.set(count as f64);
    }
}

fn seconds(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}
