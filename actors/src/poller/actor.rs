//! The actor of one insurer.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use opentelemetry::KeyValue;
use tokio::time::Instant;
use tracing::Instrument;

use super::{
    Accepted, Breaker, BreakerState, OrderBook, Orders, PollError, Polled, Schedule, Source, Target, Validators,
};
use crate::database::DatabaseError;
use crate::lease::{Held, Lease, Leases, Room, Share};
use crate::runtime::{ActorRef, Child, ChildSpec, Ctx, Progress, Service};
use crate::telemetry::trace::current_trace_id;

/// How an insurer is polled.
#[derive(Clone, Debug)]
pub struct PollerConfig {
    /// The insurer.
    pub insurer: String,
    /// When it is polled.
    pub schedule: Schedule,
    /// A call that takes longer has failed.
    pub deadline: Duration,
    /// A catalogue that was not confirmed for longer is not fresh: `poller_last_good_timestamp_seconds` beside
    /// `poller_fresh_within_seconds`.
    pub fresh_within: Duration,
    /// Failures in a row after which the insurer is left alone.
    pub breaker_after: u32,
    /// How long it is left alone at first and at most.
    pub breaker_rest: (Duration, Duration),
}

/// What a poller is made of.
pub struct PollerSpec<C, T> {
    /// How it is called.
    pub source: Arc<dyn Source<Content = C>>,
    /// Where answers go.
    pub target: Arc<T>,
    /// Where its lease is.
    pub leases: Leases,
    /// How it is polled.
    pub config: PollerConfig,
    /// What operators want of it.
    pub orders: OrderBook,
    /// This instance's part of all insurers.
    pub share: Share,
}

impl<C, T> Clone for PollerSpec<C, T> {
    fn clone(&self) -> Self {
        Self {
            source: self.source.clone(),
            target: self.target.clone(),
            leases: self.leases.clone(),
            config: self.config.clone(),
            orders: self.orders.clone(),
            share: self.share.clone(),
        }
    }
}

impl<C: Send + 'static, T: Target<C>> PollerSpec<C, T> {
    /// The poller as a child for a supervisor.
    pub fn build(self) -> (ActorRef<Poller<C, T>>, Arc<dyn Child>) {
        let name = format!("poller-{}", self.config.insurer);
        ChildSpec::new(name, move |_| Ok(Poller { spec: self.clone() })).build()
    }
}

/// The actor.
pub struct Poller<C, T> {
    spec: PollerSpec<C, T>,
}

impl<C: Send + 'static, T: Target<C>> Service for Poller<C, T> {
    const KIND: &'static str = "poller";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        let progress = ctx.progress();
        progress.healthy("waiting for the lease");
        let round = Round { orders: self.spec.orders.clone(), spec: self.spec.clone(), progress };
        ctx.spawn_linked(round.own_and_poll(), |_, never, _| match never {});
    }
}

struct Round<C, T> {
    spec: PollerSpec<C, T>,
    progress: Progress,
    orders: OrderBook,
}

impl<C: Send + 'static, T: Target<C>> Round<C, T> {
    async fn own_and_poll(mut self) -> Infallible {
        let config = self.spec.config.clone();
        let lease = self.spec.leases.of(format!("poller/{}", config.insurer));
        let mut breaker = Breaker::new(config.breaker_after, config.breaker_rest.0, config.breaker_rest.1);
        loop {
            match self.spec.share.reserve() {
                Some(room) => self.own(&lease, &room, &mut breaker).await,
                None => self.progress.healthy("another instance polls"),
            }
            tokio::time::sleep(lease.every().mul_f64(0.5 + fastrand::f64())).await;
        }
    }

    async fn own(&mut self, lease: &Lease, room: &Room, breaker: &mut Breaker) {
        match lease.acquire().await {
            Ok(Some(held)) => {
                self.progress.leases(vec![held.resource().to_owned()]);
                let fresh_within = self.spec.config.fresh_within.as_secs_f64();
                self.gauge("poller_fresh_within_seconds", fresh_within);
                // From now on it is ours to be fresh.
                self.gauge("poller_last_good_timestamp_seconds", now_seconds());
                tokio::select! {
                    () = self.poll_while_held(&held, room, breaker) => {}
                    () = held.lost() => {}
                }
                self.progress.leases(Vec::new());
                // Not a number compares with nothing: whoever polls now says how fresh it is.
                self.gauge("poller_last_good_timestamp_seconds", f64::NAN);
                held.release().await;
            }
            Ok(None) => self.progress.healthy("another instance polls"),
            Err(error) => self.progress.degraded(crate::runtime::error_text(&error)),
        }
    }

    /// Until the lease is lost, or to be handed over between two polls.
    async fn poll_while_held(&mut self, held: &Held, room: &Room, breaker: &mut Breaker) {
        let insurer = self.spec.config.insurer.clone();
        let mut orders = self.orders.of(&insurer);
        while !room.is_surplus() {
            if orders.paused {
                self.progress.healthy("paused by an operator");
                // Nobody is to be called because somebody wanted it to rest.
                self.gauge("poller_last_good_timestamp_seconds", f64::NAN);
                tokio::select! {
                    others = self.orders.others(&insurer, &orders) => orders = others,
                    () = room.surplus() => {}
                }
                self.gauge("poller_last_good_timestamp_seconds", now_seconds());
                continue;
            }
            let began = Timestamp::now();
            let error = {
                let _work = self.progress.begin();
                self.poll_once(held, breaker).await
            };
            if let Err(error) = error {
                self.progress.degraded(crate::runtime::error_text(&error));
            }
            let rest = breaker.rest();
            self.gauge("poller_breaker_open", f64::from(u8::from(breaker.state() != BreakerState::Closed)));
            orders = self.rest(began, rest, orders, room).await;
        }
    }

    /// Waits for the next poll, which orders may change meanwhile. An order to poll now outweighs what the insurer asks
    /// for.
    async fn rest(&mut self, began: Timestamp, rest: Option<Duration>, mut orders: Orders, room: &Room) -> Orders {
        let (spread, ended, obeyed) = (fastrand::f64(), Timestamp::now(), orders.poll_now_at);
        loop {
            // Not compared with our clock, which need not be that of the database.
            if orders.paused || orders.poll_now_at != obeyed {
                return orders;
            }
            let due = self.spec.config.schedule.ordered(orders.every).next(began, spread);
            let rested = rest.map_or(ended, |rest| ended + rest);
            let wait = Duration::try_from(due.max(rested).duration_since(Timestamp::now())).unwrap_or_default();
            tokio::select! {
                () = tokio::time::sleep(wait) => {
                    let late = Timestamp::now().duration_since(due.max(rested)).as_secs_f64();
                    metrics::histogram!("poller_start_delay_seconds").record(late.max(0.0));
                    return orders;
                }
                others = self.orders.others(&self.spec.config.insurer, &orders) => orders = others,
                () = room.surplus() => return orders,
            }
        }
    }

    async fn poll_once(&self, held: &Held, breaker: &mut Breaker) -> Result<(), DatabaseError> {
        let (spec, config) = (&self.spec, &self.spec.config);
        let validators = spec.target.validators().await?;
        let span = tracing::info_span!("poll", insurer = config.insurer, protocol = spec.source.protocol());
        breaker.calls();
        if breaker.state() == BreakerState::HalfOpen {
            self.progress.degraded(format!("breaker half-open: trying once after {} failures", breaker.failures()));
        }
        async {
            match self.call(&validators, breaker.failures() + 1).await {
                Ok(polled) => {
                    breaker.succeeded();
                    self.hand_over(polled, held).await
                }
                Err(error) => {
                    breaker.failed(error.retry_after());
                    self.report(&error, breaker);
                    spec.target.failed(&error, held).await
                }
            }
        }
        .instrument(span)
        .await
    }

    /// One call; `attempt` counts those in a row that gave nothing, this one included.
    async fn call(&self, validators: &Validators, attempt: u32) -> Result<Polled<C>, PollError> {
        let (spec, deadline) = (&self.spec, self.spec.config.deadline);
        let began = Instant::now();
        let answer = match tokio::time::timeout(deadline, spec.source.poll(validators)).await {
            Ok(answer) => answer,
            Err(_) => Err(PollError::TimedOut(deadline)),
        };
        let outcome = match &answer {
            Ok(Polled::NotModified) => "not-modified",
            Ok(Polled::Whole { .. }) => "whole",
            Err(error) => error.kind(),
        };
        let labels = [
            ("insurer", spec.config.insurer.clone()),
            ("protocol", spec.source.protocol().to_owned()),
            ("outcome", outcome.to_owned()),
        ];
        metrics::histogram!("poller_call_seconds", &labels).record(began.elapsed().as_secs_f64());
        if let Err(error) = &answer {
            let trace_id = current_trace_id().unwrap_or_default();
            tracing::warn!(
                insurer = spec.config.insurer, protocol = spec.source.protocol(), attempt,
                duration_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
                status = error.status(), %error, trace_id, "poll gave nothing; the last good catalogue stays"
            );
        }
        answer
    }

    async fn hand_over(&self, polled: Polled<C>, held: &Held) -> Result<(), DatabaseError> {
        let insurer = &self.spec.config.insurer;
        let accepted = self.spec.target.accept(polled, held).await?;
        if matches!(accepted, Accepted::Unchanged | Accepted::Changed(_)) {
            self.gauge("poller_last_good_timestamp_seconds", now_seconds());
        }
        match accepted {
            Accepted::Unchanged => self.progress.healthy("unchanged; breaker closed"),
            Accepted::Changed(count) => {
                tracing::info!(insurer, products = count, "catalogue changed");
                self.progress.healthy(format!("{count} products changed; breaker closed"));
            }
            Accepted::Fenced => self.progress.healthy("another instance polls"),
            Accepted::Held(reason) => {
                tracing::error!(insurer, reason, "catalogue held for approval");
                self.progress.degraded(reason);
            }
        }
        Ok(())
    }

    fn report(&self, error: &PollError, breaker: &Breaker) {
        let labels = [
            ("insurer", self.spec.config.insurer.clone()),
            ("kind", error.kind().to_owned()),
            ("field", error.field().to_owned()),
        ];
        metrics::counter!("poller_errors_total", &labels).increment(1);
        let span = opentelemetry::Context::current();
        opentelemetry::trace::TraceContextExt::span(&span).set_attribute(KeyValue::new("error.type", error.kind()));
        self.progress.degraded(format!("{error} ({} in a row; breaker {})", breaker.failures(), breaker.state()));
    }

    fn gauge(&self, name: &'static str, value: f64) {
        metrics::gauge!(name, "insurer" => self.spec.config.insurer.clone()).set(value);
    }
}

fn now_seconds() -> f64 {
    Timestamp::now().as_duration().as_secs_f64()
}
