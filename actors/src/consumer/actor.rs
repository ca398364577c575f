//! One actor per partition: owns the lease when it is this instance's turn, hands over by draining first.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::aside::Orders;
use super::figures::Gauges;
use super::partition::Reading;
use super::place::Place;
use super::{ConsumerError, Projection};
use crate::database::Database;
use crate::kafka::{Broker, BrokerError};
use crate::lease::{Held, Lease, Leases, Room, Share};
use crate::runtime::{Backoff, Child, ChildSpec, Ctx, Progress, Service, Supervisor, SupervisorSpec};

/// How a consumer works.
#[derive(Clone, Debug)]
pub struct ConsumerConfig {
    /// Its name: of its offsets, its inbox and its leases.
    pub name: String,
    /// What it consumes.
    pub topic: String,
    /// How many partitions the topic has, by its contract.
    pub partitions: i32,
    /// Longest wait of the broker for new records.
    pub long_poll: Duration,
    /// Most bytes fetched at once.
    pub most_bytes: i32,
    /// When a record that waits for what other events bring is tried again.
    pub retries: Backoff,
    /// For how long it is tried by itself; then it waits for a person.
    pub wait_at_most: Duration,
}

impl ConsumerConfig {
    /// The defaults.
    pub fn new(name: &str, topic: &str, partitions: i32) -> Self {
        Self {
            name: name.to_owned(),
            topic: topic.to_owned(),
            partitions,
            long_poll: Duration::from_millis(500),
            most_bytes: 1 << 20,
            retries: Backoff {
                first: Duration::from_secs(1),
                cap: Duration::from_secs(60),
                jitter: 0.2,
                healthy_after: Duration::from_secs(60),
            },
            wait_at_most: Duration::from_secs(3600),
        }
    }
}

/// What a consumer is made of.
pub struct ConsumerSpec<P: Projection> {
    /// What it does with events.
    pub projection: Arc<P>,
    /// Where effects, inbox and offsets are.
    pub database: Database,
    /// Where events come from.
    pub broker: Broker,
    /// Where its leases are.
    pub leases: Leases,
    /// How it works.
    pub config: ConsumerConfig,
}

impl<P: Projection> Clone for ConsumerSpec<P> {
    fn clone(&self) -> Self {
        Self {
            projection: self.projection.clone(),
            database: self.database.clone(),
            broker: self.broker.clone(),
            leases: self.leases.clone(),
            config: self.config.clone(),
        }
    }
}

impl<P: Projection> ConsumerSpec<P> {
    /// A supervisor with one actor for each partition. It joins the pool at once.
    pub fn build(
        self, placer: Arc<dyn crate::runtime::Placer>,
    ) -> (crate::runtime::ActorRef<Supervisor>, Arc<dyn Child>) {
        let pool = format!("consumer/{}/{}", self.config.name, self.config.topic);
        let resources = usize::try_from(self.config.partitions).unwrap_or(0);
        let part = self.leases.share(&pool, resources);
        let orders = Orders::of(&self.database);
        let mut supervisor = SupervisorSpec::new(format!("consumer-{}", self.config.name));
        for partition in 0..self.config.partitions {
            let (spec, part, pool, orders) = (self.clone(), part.clone(), pool.clone(), orders.clone());
            let (_, child) = ChildSpec::new(format!("partition-{partition}"), move |_| {
                let lease = spec.leases.of(format!("{pool}/{partition}"));
                Ok(Consumer {
                    spec: spec.clone(),
                    partition,
                    part: part.clone(),
                    orders: orders.clone(),
                    lease,
                    stopping: Stopping::default(),
                })
            })
            .build();
            supervisor = supervisor.child(child);
        }
        supervisor.build(placer)
    }
}

/// The actor of one partition.
pub struct Consumer<P: Projection> {
    spec: ConsumerSpec<P>,
    partition: i32,
    part: Share,
    orders: Orders,
    lease: Lease,
    stopping: Stopping,
}

/// Asked to stop, and done with stopping.
#[derive(Clone)]
struct Stopping {
    asked: watch::Sender<bool>,
    done: watch::Sender<bool>,
}

impl Default for Stopping {
    fn default() -> Self {
        Self { asked: watch::Sender::new(false), done: watch::Sender::new(false) }
    }
}

impl<P: Projection> Service for Consumer<P> {
    const KIND: &'static str = "consumer";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        let turn = Turn {
            spec: self.spec.clone(),
            partition: self.partition,
            part: self.part.clone(),
            orders: self.orders.clone(),
            lease: self.lease.clone(),
            stopping: self.stopping.clone(),
            progress: ctx.progress(),
        };
        ctx.spawn_linked(turn.take_turns(), |_, (), _| {});
    }

    fn drain(&mut self, _: &mut Ctx<'_, Self>) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
        self.stopping.asked.send_replace(true);
        let mut done = self.stopping.done.subscribe();
        Some(Box::pin(async move {
            // The loop that would say so is gone: there is nothing to wait for.
            let _ = done.wait_for(|done| *done).await;
        }))
    }
}

const RECOVER: Duration = Duration::from_millis(500);

struct Turn<P: Projection> {
    spec: ConsumerSpec<P>,
    partition: i32,
    part: Share,
    orders: Orders,
    lease: Lease,
    stopping: Stopping,
    progress: Progress,
}

impl<P: Projection> Turn<P> {
    async fn take_turns(self) {
        let mut asked = self.stopping.asked.subscribe();
        while !*asked.borrow() {
            if let Some(room) = self.part.reserve() {
                self.own(&room).await;
            }
            let wait = self.lease.every().mul_f64(0.5 + fastrand::f64());
            // Asked or not, the loop looks.
            let _ = tokio::time::timeout(wait, asked.wait_for(|asked| *asked)).await;
        }
        self.stopping.done.send_replace(true);
    }

    async fn own(&self, room: &Room) {
        match self.lease.acquire().await {
            Ok(Some(held)) => {
                self.progress.leases(vec![held.resource().to_owned()]);
                self.consume(&held, room).await;
                self.progress.leases(Vec::new());
                self.progress.healthy("another instance consumes");
                held.release().await;
            }
            Ok(None) => self.progress.healthy("another instance consumes"),
            Err(error) => self.down(&error.into()),
        }
    }

    async fn consume(&self, held: &Held, room: &Room) {
        let asked = self.stopping.asked.subscribe();
        let stop = || *asked.borrow() || room.is_surplus();
        let place = self.place();
        let mut gauges = Gauges::of(&place);
        while !held.is_lost() && !stop() {
            let ConsumerSpec { projection, database, broker, config, .. } = &self.spec;
            let (orders, progress) = (&self.orders, self.progress.clone());
            let reading =
                Reading::begin(projection, database, broker, config, orders, place.clone(), held, progress).await;
            let error = match reading {
                Ok(mut reading) => reading.run(held, &stop, &self.stopping.asked, &mut gauges).await,
                Err(error) => error,
            };
            if matches!(error, ConsumerError::Fenced) {
                break;
            }
            self.down(&error);
            gauges.tell_age();
            tokio::time::sleep(RECOVER).await;
        }
    }

    fn place(&self) -> Place {
        let ConsumerConfig { name, topic, .. } = &self.spec.config;
        Place { consumer: name.clone(), topic: topic.clone(), partition: self.partition }
    }

    /// A part that is down is a state. What it says is logged once per change, not once per attempt.
    fn down(&self, error: &ConsumerError) {
        let text = crate::runtime::error_text(error);
        if self.progress.status() != text {
            tracing::warn!(
                consumer = self.spec.config.name,
                partition = self.partition,
                error = text,
                "partition waits"
            );
        }
        match error {
            ConsumerError::Broker(BrokerError::Topic { .. }) => self.progress.not_ready(text),
            _ => self.progress.degraded(text),
        }
    }
}
