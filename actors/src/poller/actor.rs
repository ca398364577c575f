//! The actor of one insurer.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use super::tenure::Tenure;
use super::{OrderBook, Schedule, Source, Target};
use crate::lease::{Held, Lease, Leases, Room, Share};
use crate::runtime::{ActorRef, Child, ChildSpec, Ctx, Deadline, Progress, Service, error_text};

/// How an insurer is polled.
#[derive(Clone, Debug)]
pub struct PollerConfig {
    /// The insurer.
    pub insurer: String,
    /// When it is polled.
    pub schedule: Schedule,
    /// A call that takes longer has failed.
    pub deadline: Duration,
    /// A catalogue that was not confirmed for longer, while it was to be polled, is stale; some polls when absent. The
    /// time is shown as `poller_stale_at_timestamp_seconds`, beside `poller_last_good_timestamp_seconds`.
    pub fresh_within: Option<Duration>,
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
        // A call that is given longer than others is not stuck.
        let limit = self.config.deadline + Deadline::default().limit;
        let spec = ChildSpec::new(name, move |_| Ok(Poller { spec: self.clone() }));
        spec.deadline(Deadline { limit, always: false }).build()
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
        let candidate = Candidate { orders: self.spec.orders.clone(), spec: self.spec.clone(), progress };
        ctx.spawn_linked(candidate.own_and_poll(), |_, never, _| match never {});
    }
}

/// Whoever waits for the lease, and polls while it is held.
struct Candidate<C, T> {
    spec: PollerSpec<C, T>,
    progress: Progress,
    orders: OrderBook,
}

impl<C: Send + 'static, T: Target<C>> Candidate<C, T> {
    async fn own_and_poll(mut self) -> Infallible {
        let lease = self.spec.leases.of(format!("poller/{}", self.spec.config.insurer));
        loop {
            match self.spec.share.reserve() {
                Some(room) => self.own(&lease, &room).await,
                None => self.progress.healthy("another instance polls"),
            }
            tokio::time::sleep(lease.every().mul_f64(0.5 + fastrand::f64())).await;
        }
    }

    async fn own(&mut self, lease: &Lease, room: &Room) {
        match lease.acquire().await {
            Ok(Some(held)) => {
                self.progress.leases(vec![held.resource().to_owned()]);
                tokio::select! {
                    () = self.poll_while_held(&held, room) => {}
                    () = held.lost() => {}
                }
                self.progress.leases(Vec::new());
                held.release().await;
            }
            Ok(None) => self.progress.healthy("another instance polls"),
            Err(error) => self.progress.degraded(error_text(&error)),
        }
    }

    /// Until the lease is to be handed over between two polls.
    async fn poll_while_held(&mut self, held: &Held, room: &Room) {
        match self.spec.target.past().await {
            Ok(past) => {
                Tenure::new(&self.spec, &self.progress, &mut self.orders, (held, room), &past).poll().await;
            }
            // It is given back: another instance may reach the database.
            Err(error) => self.progress.degraded(error_text(&error)),
        }
    }
}
