//! The loop of one partition: fetch while applying, look aside between batches, retry at the head while something is down.

use std::convert::Infallible;
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use polis_schema::sql::{dead_letters, offsets};
use rskafka::client::partition::{OffsetAt, PartitionClient};
use rskafka::record::RecordAndOffset;
use tokio::sync::watch;

use super::apply::Applier;
use super::aside::{Aside, Orders};
use super::batch::{Item, sort, sort_again};
use super::figures::{self, Gauges};
use super::live::Live;
use super::parked::Parked;
use super::place::{Owned, Place};
use super::{ConsumerConfig, ConsumerError, Projection};
use crate::database::{Database, Run};
use crate::kafka::{Broker, BrokerError, Verdict, within};
use crate::lease::Held;
use crate::runtime::{Backoff, Progress};

/// Waits of a partition at whose head something fails.
const WAIT: Backoff = Backoff {
    first: Duration::from_millis(50),
    cap: Duration::from_secs(2),
    jitter: 0.2,
    healthy_after: Duration::from_secs(10),
};
pub(crate) const ANSWER: Duration = Duration::from_secs(10);

/// Records, and the offset behind the last one that the broker has.
type Answer = Result<(Vec<RecordAndOffset>, i64), BrokerError>;

/// One ownership of one partition.
pub(crate) struct Reading<P: Projection> {
    applier: Applier<P>,
    live: Live,
    aside: Aside,
    connection: PartitionClient,
    next: i64,
    progress: Progress,
}

impl<P: Projection> Reading<P> {
    #[expect(clippy::too_many_arguments, reason = "what a consumer is made of, and what its actor knows")]
    pub(crate) async fn begin(
        projection: &Arc<P>, database: &Database, broker: &Broker, config: &ConsumerConfig, orders: &Orders,
        place: Place, held: &Held, progress: Progress,
    ) -> Result<Self, ConsumerError> {
        broker.check_topic(&config.topic, config.partitions).await?;
        let client = database.get().await?;
        let [consumer, topic, partition] = place.parameters();
        let load = [consumer, topic, partition, &held.epoch().0, &0i64];
        let row = client.first(&offsets::LOAD, &load).await?.ok_or(ConsumerError::Fenced)?;
        // Read after the number of decisions: what is decided meanwhile has a number of its own.
        let parked = client.all(&dead_letters::PARKED_KEYS, &place.parameters()).await?;
        let parked = Parked::known(parked.iter().map(|row| (row.get(0), row.get(1))));
        let connection = connect(broker, config, place.partition).await?;
        let owned = Owned { place, epoch: held.epoch(), decisions: row.get(1) };
        Ok(Self {
            applier: Applier { projection: projection.clone(), database: database.clone(), owned },
            live: Live { parked, config: config.clone() },
            aside: Aside::new(orders, broker),
            connection,
            next: row.get(0),
            progress,
        })
    }

    /// Consumes until the lease is lost or `stop` says to hand over, always between two transactions.
    pub(crate) async fn run(
        &mut self, held: &Held, stop: &(dyn Fn() -> bool + Sync), asked: &watch::Sender<bool>, gauges: &mut Gauges,
    ) -> ConsumerError {
        let Err(error) = self.consume(held, stop, asked, gauges).await;
        error
    }

    async fn consume(
        &mut self, held: &Held, stop: &(dyn Fn() -> bool + Sync), asked: &watch::Sender<bool>, gauges: &mut Gauges,
    ) -> Result<Infallible, ConsumerError> {
        let mut fetched = Vec::new();
        self.show(gauges);
        loop {
            if held.is_lost() || stop() {
                return Err(ConsumerError::Fenced);
            }
            let items = self.sorted(std::mem::take(&mut fetched));
            let next = items.last().map_or(self.next, |item| item.offset().0 + 1);
            let answer = if items.is_empty() {
                self.idle(held, asked).await?
            } else {
                self.busy(items, next, held, gauges).await?
            };
            self.next = next;
            match answer {
                Ok((records, high)) => {
                    let oldest = records.first().map(|record| SystemTime::from(record.record.timestamp));
                    gauges.behind(high - self.next, oldest);
                    self.progress.tick();
                    self.show(gauges);
                    fetched = records;
                }
                Err(error) => self.recover(error).await?,
            }
        }
    }

    /// Waits for records, and looks aside meanwhile. The long poll is no work: an idle topic is not a stuck actor.
    async fn idle(&mut self, held: &Held, asked: &watch::Sender<bool>) -> Result<Answer, ConsumerError> {
        let Self { applier, live, aside, connection, progress, .. } = self;
        let mut asked = asked.subscribe();
        let mut fetching = pin!(fetch(connection, self.next, live.config.most_bytes, live.config.long_poll));
        loop {
            tokio::select! {
                answer = &mut fetching => return Ok(answer),
                // Whoever stops us does not wait for a quiet topic.
                () = async { drop(asked.wait_for(|asked| *asked).await) } => return Err(ConsumerError::Fenced),
                () = aside.due() => {
                    let _work = progress.begin();
                    aside.step(applier, live).await?;
                }
            }
            if held.is_lost() {
                return Err(ConsumerError::Fenced);
            }
        }
    }

    /// Applies a batch while the next one is fetched, then looks aside.
    async fn busy(
        &mut self, items: Vec<Item<P::Event>>, next: i64, held: &Held, gauges: &Gauges,
    ) -> Result<Answer, ConsumerError> {
        let Self { applier, live, aside, connection, progress, .. } = self;
        let _work = progress.begin();
        let fetching = fetch(connection, next, live.config.most_bytes, live.config.long_poll);
        let (applied, answer) = tokio::join!(apply(applier, live, items, held, progress, gauges), fetching);
        applied?;
        if live.parked.waiting() > 0 {
            aside.look_within(live.config.retries.first);
        }
        if aside.is_due() {
            aside.step(applier, live).await?;
        }
        Ok(answer)
    }

    /// The broker may answer with records before the offset asked for: batches are compressed and indexed as a whole.
    fn sorted(&self, records: Vec<RecordAndOffset>) -> Vec<Item<P::Event>> {
        let records = records.into_iter().filter(|record| record.offset >= self.next).collect();
        sort(&*self.applier.projection, &self.applier.owned.place.consumer, records, &self.live.parked)
    }

    /// Retention or compaction may have removed what comes next: goes on at the first record that is there, and says so.
    async fn recover(&mut self, error: BrokerError) -> Result<(), ConsumerError> {
        if error.verdict() != Verdict::OutOfRange {
            return Err(error.into());
        }
        let earliest = within(ANSWER, self.connection.get_offset(OffsetAt::Earliest)).await?;
        let latest = within(ANSWER, self.connection.get_offset(OffsetAt::Latest)).await?;
        let Place { topic, partition, .. } = &self.applier.owned.place;
        if self.next < earliest {
            tracing::error!(
                topic,
                partition,
                from = self.next,
                to = earliest,
                "records are gone before they were consumed"
            );
            self.next = earliest;
        } else if self.next > latest {
            tracing::error!(
                topic,
                partition,
                from = self.next,
                to = earliest,
                "the topic is shorter than what was consumed; beginning anew, the inbox drops what is known"
            );
            self.next = earliest;
        }
        Ok(())
    }

    fn show(&self, gauges: &Gauges) {
        let parked = &self.live.parked;
        gauges.parked(parked);
        match (self.aside.trouble(), parked.stuck(), parked.waiting()) {
            (Some(trouble), ..) => self.progress.degraded(format!("dead letters wait: {trouble}")),
            (None, 0, 0) => self.progress.healthy(format!("at offset {}", self.next)),
            (None, 0, waiting) => {
                self.progress
                    .healthy(format!("at offset {}; {waiting} keys wait for what other events bring", self.next));
            }
            (None, keys, _) => self.progress.degraded(format!("{keys} keys wait behind dead letters")),
        }
    }
}

pub(crate) async fn connect(
    broker: &Broker, config: &ConsumerConfig, partition: i32,
) -> Result<PartitionClient, BrokerError> {
    let client = broker.connect().await?;
    broker.partition(&client, &config.topic, partition).await
}

pub(crate) async fn fetch(connection: &PartitionClient, next: i64, most_bytes: i32, long_poll: Duration) -> Answer {
    let bytes: Range<i32> = 1..most_bytes;
    let poll = i32::try_from(long_poll.as_millis()).unwrap_or(i32::MAX);
    within(ANSWER + long_poll, connection.fetch_records(next, bytes, poll)).await
}

/// Applies until it is done. A passing error is waited out here, at the head of the partition; what was decided meanwhile is looked up.
async fn apply<P: Projection>(
    applier: &mut Applier<P>, live: &mut Live, mut items: Vec<Item<P::Event>>, held: &Held, progress: &Progress,
    gauges: &Gauges,
) -> Result<(), ConsumerError> {
    let count = items.len() as u64;
    let mut attempt = 0;
    while let Err((mut error, rest)) = applier.apply(items, live).await {
        items = rest;
        if matches!(error, ConsumerError::Decided) {
            match applier.look(&mut live.parked).await {
                Ok(_) => {
                    items = sort_again(&*applier.projection, &applier.owned.place.consumer, items, &live.parked);
                    continue;
                }
                Err(failed) => error = failed,
            }
        }
        if matches!(error, ConsumerError::Fenced) || held.is_lost() {
            return Err(ConsumerError::Fenced);
        }
        let text = crate::runtime::error_text(&error);
        let place = &applier.owned.place;
        if attempt == 0 {
            tracing::warn!(consumer = place.consumer, partition = place.partition, error = text, "batch waits");
        }
        figures::retried(place);
        gauges.tell_age();
        progress.degraded(text);
        tokio::time::sleep(WAIT.delay(attempt, fastrand::f64())).await;
        attempt += 1;
    }
    progress.handled(count);
    if attempt > 0 {
        progress.healthy("applying");
    }
    Ok(())
}
