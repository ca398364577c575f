//! The restart budget: how many restarts in a window are still bad luck.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// At most `restarts` within `window`; one more and the supervisor itself fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Restarts allowed.
    pub restarts: usize,
    /// Length of the sliding window.
    pub window: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Self { restarts: 5, window: Duration::from_secs(30) }
    }
}

/// What has been spent of a budget.
#[derive(Debug)]
pub(super) struct Spending {
    budget: Budget,
    charged: VecDeque<Instant>,
}

impl Spending {
    pub(super) fn new(budget: Budget) -> Self {
        Self { budget, charged: VecDeque::new() }
    }

    /// Charges one restart. False when that was one too many.
    pub(super) fn charge(&mut self, now: Instant) -> bool {
        while self.charged.front().is_some_and(|at| now.saturating_duration_since(*at) > self.budget.window) {
            self.charged.pop_front();
        }
        self.charged.push_back(now);
        self.charged.len() <= self.budget.restarts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_slides() {
        let mut spending = Spending::new(Budget { restarts: 2, window: Duration::from_secs(10) });
        let start = Instant::now();
        assert!(spending.charge(start));
        assert!(spending.charge(start + Duration::from_secs(1)));
        assert!(!spending.charge(start + Duration::from_secs(2)));
        assert!(spending.charge(start + Duration::from_secs(13)), "all earlier charges have left the window");
    }
}
