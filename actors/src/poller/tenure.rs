//! The time for which one owner polls an insurer. What earlier owners have left holds on: when it was polled, what it
//! asked for, how often it has failed.

use jiff::Timestamp;
use tracing::Instrument;

use super::shown::Shown;
use super::{Accepted, Breaker, BreakerState, OrderBook, Past, Polled, PollerSpec, Target, call};
use crate::database::DatabaseError;
use crate::lease::{Held, Room};
use crate::runtime::{Progress, error_text};

/// One owner's time.
pub(super) struct Tenure<'a, C, T> {
    spec: &'a PollerSpec<C, T>,
    progress: &'a Progress,
    orders: &'a mut OrderBook,
    held: &'a Held,
    room: &'a Room,
    breaker: Breaker,
    /// When the last poll began, or when it ended where another owner made it.
    last: Option<Timestamp>,
    /// The order to poll now that was obeyed last, or a time of the same clock after which it was given.
    obeyed: Option<Timestamp>,
    /// Since when the catalogue was not confirmed, though it was to be.
    unconfirmed_since: Timestamp,
    shown: Shown,
}

impl<'a, C: Send + 'static, T: Target<C>> Tenure<'a, C, T> {
    pub(super) fn new(
        spec: &'a PollerSpec<C, T>, progress: &'a Progress, orders: &'a mut OrderBook,
        (held, room): (&'a Held, &'a Room), past: &Past,
    ) -> Self {
        let config = &spec.config;
        let breaker = Breaker::new(config.breaker_after, config.breaker_rest.0, config.breaker_rest.1)
            .after(past.failures, past.not_before);
        let shown = Shown::new(&config.insurer);
        if let Some(confirmed_at) = past.confirmed_at {
            shown.confirmed(confirmed_at);
        }
        shown.products(past.products);
        Self {
            spec,
            progress,
            orders,
            held,
            room,
            breaker,
            last: past.polled_at,
            obeyed: past.polled_at,
            unconfirmed_since: past.known_since.max(past.confirmed_at.unwrap_or(past.known_since)),
            shown,
        }
    }

    /// Polls until the lease is to be handed over.
    pub(super) async fn poll(mut self) {
        match self.breaker.state() {
            BreakerState::Closed => self.progress.healthy("waiting for the next poll"),
            _ => self.progress.degraded(format!("left alone after {} failures; breaker open", self.breaker.failures())),
        }
        while self.until_due().await {
            self.last = Some(Timestamp::now());
            let done = {
                let _work = self.progress.begin();
                self.poll_once().await
            };
            if let Err(error) = done {
                self.progress.degraded(error_text(&error));
            }
        }
    }

    /// Waits for the next poll, which orders may change meanwhile; false when there is none, because another instance is to
    /// make it. An order to poll now outweighs what the insurer asks for.
    async fn until_due(&mut self) -> bool {
        let config = &self.spec.config;
        let (random, mut since) = (fastrand::f64(), Timestamp::now());
        while !self.room.is_surplus() {
            let orders = self.orders.of(&config.insurer).await;
            if orders.paused {
                self.progress.healthy("paused by an operator");
                // Nobody is to be called because somebody wanted it to rest.
                self.shown.never_stale();
                tokio::select! {
                    _ = self.orders.others(&config.insurer, &orders) => {}
                    () = self.room.surplus() => {}
                }
                since = Timestamp::now();
                self.unconfirmed_since = since;
                continue;
            }
            // Not compared with our clock, which need not be that of the database.
            if orders.poll_now_at > self.obeyed {
                self.obeyed = orders.poll_now_at;
                return true;
            }
            let schedule = config.schedule.ordered(orders.every);
            self.shown.breaker(self.breaker.state());
            self.shown.stale_at(schedule.stale_at(self.unconfirmed_since, config.fresh_within, config.deadline));
            let due = schedule.due(self.last, self.breaker.until(), since, random);
            let wait = std::time::Duration::try_from(due.duration_since(Timestamp::now())).unwrap_or_default();
            tokio::select! {
                () = tokio::time::sleep(wait) => {
                    let late = Timestamp::now().duration_since(due).as_secs_f64();
                    metrics::histogram!("poller_start_delay_seconds").record(late.max(0.0));
                    return true;
                }
                _ = self.orders.others(&config.insurer, &orders) => since = Timestamp::now(),
                () = self.room.surplus() => {}
            }
        }
        false
    }

    async fn poll_once(&mut self) -> Result<(), DatabaseError> {
        let spec = self.spec;
        let validators = spec.target.validators().await?;
        let span = tracing::info_span!("poll", insurer = spec.config.insurer, protocol = spec.source.protocol());
        self.breaker.calls();
        if self.breaker.state() == BreakerState::HalfOpen {
            let failures = self.breaker.failures();
            self.progress.degraded(format!("breaker half-open: trying once after {failures} failures"));
        }
        async {
            let attempt = self.breaker.failures().saturating_add(1);
            match call::call(spec, &validators, attempt, self.progress).await {
                Ok(polled) => {
                    self.breaker.succeeded();
                    self.hand_over(polled).await
                }
                Err(error) => {
                    self.breaker.failed(error.retry_after());
                    let (failures, state) = (self.breaker.failures(), self.breaker.state());
                    self.progress.degraded(format!("{error} ({failures} in a row; breaker {state})"));
                    spec.target.failed(&error, &self.breaker, self.held).await
                }
            }
        }
        .instrument(span)
        .await
    }

    async fn hand_over(&mut self, polled: Polled<C>) -> Result<(), DatabaseError> {
        let insurer = &self.spec.config.insurer;
        let accepted = self.spec.target.accept(polled, self.held).await?;
        if matches!(accepted, Accepted::Unchanged | Accepted::Changed { .. }) {
            self.unconfirmed_since = Timestamp::now();
            self.shown.confirmed(self.unconfirmed_since);
        }
        match accepted {
            Accepted::Unchanged => self.progress.healthy("unchanged; breaker closed"),
            Accepted::Changed { told, products } => {
                tracing::info!(insurer, products = told, "catalogue changed");
                self.shown.products(products);
                self.progress.healthy(format!("{told} products changed; breaker closed"));
            }
            Accepted::Fenced => self.progress.healthy("another instance polls"),
            Accepted::Held(reason) => {
                tracing::error!(insurer, reason, "catalogue held for approval");
                self.progress.degraded(reason);
            }
        }
        Ok(())
    }
}
