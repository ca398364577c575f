//! The loop of one partition: fetch while applying, retry at the head while something is down.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use polis_schema::sql::{dead_letters, offsets};
use rskafka::client::partition::{OffsetAt, PartitionClient};
use rskafka::record::RecordAndOffset;
use tokio::sync::watch;

use super::apply::Applier;
use super::batch::{Item, sort};
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
const ANSWER: Duration = Duration::from_secs(10);

/// One ownership of one partition.
pub(crate) struct Reading<P: Projection> {
    applier: Applier<P>,
    connection: PartitionClient,
    next: i64,
    config: ConsumerConfig,
    progress: Progress,
}

impl<P: Projection> Reading<P> {
    pub(crate) async fn begin(
        projection: &Arc<P>, database: &Database, broker: &Broker, config: &ConsumerConfig, partition: i32,
        held: &Held, progress: Progress,
    ) -> Result<Self, ConsumerError> {
        broker.check_topic(&config.topic, config.partitions).await?;
        let client = database.get().await?;
        let (consumer, topic): (Arc<str>, Arc<str>) = (config.name.as_str().into(), config.topic.as_str().into());
        let place: [&(dyn tokio_postgres::types::ToSql + Sync); 3] = [&&*consumer, &&*topic, &partition];
        let load = [place[0], place[1], place[2], &held.epoch().0, &0i64];
        let row = client.first(&offsets::LOAD, &load).await?.ok_or(ConsumerError::Fenced)?;
        let parked = client.all(&dead_letters::PARKED_KEYS, &place).await?;
        let applier = Applier {
            projection: projection.clone(),
            database: database.clone(),
            consumer,
            topic,
            partition,
            epoch: held.epoch(),
            parked: parked.iter().map(|row| row.get(0)).collect(),
        };
        let connection = connect(broker, config, partition).await?;
        let next = row.get(0);
        Ok(Self { applier, connection, next, config: config.clone(), progress })
    }

    /// Consumes until the lease is lost or `stop` says to hand over, always between two transactions.
    pub(crate) async fn run(
        &mut self, held: &Held, stop: &(dyn Fn() -> bool + Sync), asked: &watch::Sender<bool>,
    ) -> ConsumerError {
        let mut asked = asked.subscribe();
        let mut fetched = Vec::new();
        self.show();
        loop {
            if held.is_lost() || stop() {
                return ConsumerError::Fenced;
            }
            let records = std::mem::take(&mut fetched);
            let work = self.progress.begin();
            let items = self.sorted(records);
            let next = items.last().map_or(self.next, |item| item.offset().0 + 1);
            // Fetched while the batch before is applied. The long poll is no work: an idle topic is not a stuck actor.
            let (applied, answer) = if items.is_empty() {
                drop(work);
                let answer = tokio::select! {
                    answer = self.fetch(next) => answer,
                    // Whoever stops us does not wait for a quiet topic.
                    () = async { drop(asked.wait_for(|asked| *asked).await) } => return ConsumerError::Fenced,
                };
                (Ok(()), answer)
            } else {
                let fetch = fetch(&self.connection, next, &self.config);
                let (applied, answer) = tokio::join!(apply(&mut self.applier, items, held, &self.progress), fetch);
                drop(work);
                (applied, answer)
            };
            if let Err(error) = applied {
                return error;
            }
            self.next = next;
            match answer {
                Ok((records, high)) => {
                    self.lag(high);
                    fetched = records;
                }
                Err(error) => match self.recover(error).await {
                    Ok(()) => {}
                    Err(error) => return error,
                },
            }
        }
    }

    async fn fetch(&self, next: i64) -> Result<(Vec<RecordAndOffset>, i64), BrokerError> {
        fetch(&self.connection, next, &self.config).await
    }

    /// The broker may answer with records before the offset asked for: batches are compressed and indexed as a whole.
    fn sorted(&self, records: Vec<RecordAndOffset>) -> Vec<Item<P::Event>> {
        let records = records.into_iter().filter(|record| record.offset >= self.next).collect();
        sort(&*self.applier.projection, &self.applier.consumer, records, &self.applier.parked)
    }

    /// Retention or compaction may have removed what comes next: goes on at the first record that is there, and says so.
    async fn recover(&mut self, error: BrokerError) -> Result<(), ConsumerError> {
        if error.verdict() != Verdict::OutOfRange {
            return Err(error.into());
        }
        let earliest = within(ANSWER, self.connection.get_offset(OffsetAt::Earliest)).await?;
        let latest = within(ANSWER, self.connection.get_offset(OffsetAt::Latest)).await?;
        let place = (&*self.applier.topic, self.applier.partition);
        if self.next < earliest {
            tracing::error!(
                topic = place.0,
                partition = place.1,
                from = self.next,
                to = earliest,
                "records are gone before they were consumed"
            );
            self.next = earliest;
        } else if self.next > latest {
            tracing::error!(
                topic = place.0,
                partition = place.1,
                from = self.next,
                to = earliest,
                "the topic is shorter than what was consumed; beginning anew, the inbox drops what is known"
            );
            self.next = earliest;
        }
        Ok(())
    }

    fn lag(&self, high: i64) {
        let labels =
            [("consumer", self.applier.consumer.to_string()), ("partition", self.applier.partition.to_string())];
        metrics::gauge!("consumer_lag_records", &labels).set((high - self.next).max(0) as f64);
        self.progress.tick();
        self.show();
    }

    fn show(&self) {
        if self.applier.parked.is_empty() {
            self.progress.healthy(format!("at offset {}", self.next));
        } else {
            self.progress.degraded(format!("{} keys wait behind dead letters", self.applier.parked.len()));
        }
    }
}

pub(crate) async fn connect(
    broker: &Broker, config: &ConsumerConfig, partition: i32,
) -> Result<PartitionClient, BrokerError> {
    let client = broker.connect().await?;
    broker.partition(&client, &config.topic, partition).await
}

async fn fetch(
    connection: &PartitionClient, next: i64, config: &ConsumerConfig,
) -> Result<(Vec<RecordAndOffset>, i64), BrokerError> {
    let bytes: Range<i32> = 1..config.most_bytes;
    let poll = i32::try_from(config.long_poll.as_millis()).unwrap_or(i32::MAX);
    within(ANSWER + config.long_poll, connection.fetch_records(next, bytes, poll)).await
}

/// Applies until it is done. A passing error is waited out here, at the head of the partition.
async fn apply<P: Projection>(
    applier: &mut Applier<P>, mut items: Vec<Item<P::Event>>, held: &Held, progress: &Progress,
) -> Result<(), ConsumerError> {
    let parked = applier.parked.len();
    let count = items.len() as u64;
    let mut attempt = 0;
    while let Err((error, rest)) = applier.apply(items).await {
        if matches!(error, ConsumerError::Fenced) || held.is_lost() {
            return Err(ConsumerError::Fenced);
        }
        let text = crate::runtime::error_text(&error);
        if attempt == 0 {
            tracing::warn!(consumer = &*applier.consumer, partition = applier.partition, error = text, "batch waits");
        }
        progress.degraded(text);
        tokio::time::sleep(WAIT.delay(attempt, fastrand::f64())).await;
        attempt += 1;
        items = rest;
    }
    progress.handled(count);
    if attempt > 0 || applier.parked.len() != parked {
        match applier.parked.len() {
            0 => progress.healthy("applying"),
            keys => progress.degraded(format!("{keys} keys wait behind dead letters")),
        }
    }
    Ok(())
}
