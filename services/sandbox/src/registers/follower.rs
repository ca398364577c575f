//! Hearing of what was sold: a child for each partition of the topic, each from the beginning of what is there.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use polis_actors::kafka::{Broker, BrokerError, KafkaConfig, Verdict};
use polis_actors::runtime::{Backoff, Child, ChildSpec, Ctx, Placer, Progress, Service, SupervisorSpec, error_text};
use polis_proto::Envelope;
use rskafka::client::error::Error as ClientError;
use rskafka::client::partition::{OffsetAt, PartitionClient};
use rskafka::record::RecordAndOffset;

use super::books::Registers;
use super::policy::Told;
use crate::config::RegistersConfig;

const ANSWER: Duration = Duration::from_secs(10);
const LONG_POLL: Duration = Duration::from_secs(1);
const MOST_BYTES: i32 = 1 << 20;
/// Waits while the broker is away.
const WAIT: Backoff = Backoff {
    first: Duration::from_millis(100),
    cap: Duration::from_secs(2),
    jitter: 0.2,
    healthy_after: Duration::from_secs(10),
};

/// The children, under a supervisor; none where no broker is named.
pub(crate) fn follow(
    registers: &Registers, config: &RegistersConfig, client_id: &str, placer: Arc<dyn Placer>,
) -> Option<Arc<dyn Child>> {
    if config.brokers.is_empty() {
        return None;
    }
    let broker = Broker::new(&KafkaConfig { brokers: config.brokers.clone() }, client_id);
    let supervisor = (0..config.partitions).fold(SupervisorSpec::new("registers"), |supervisor, partition| {
        let hearing = Hearing {
            registers: registers.clone(),
            broker: broker.clone(),
            topic: config.topic.as_str().into(),
            partition,
            next: 0,
            failures: 0,
        };
        supervisor
            .child(ChildSpec::new(format!("partition-{partition}"), move |_| Ok(Follower(hearing.clone()))).build().1)
    });
    Some(supervisor.build(placer).1)
}

struct Follower(Hearing);

impl Service for Follower {
    const KIND: &'static str = "follower";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        let run = run(self.0.clone(), ctx.progress());
        ctx.spawn_linked(run, |_, never, _| match never {});
    }
}

/// How far a partition was heard.
#[derive(Clone)]
struct Hearing {
    registers: Registers,
    broker: Broker,
    topic: Arc<str>,
    partition: i32,
    next: i64,
    /// In a row.
    failures: u32,
}

/// A broker that is away is waited for: what was heard stays, and hearing goes on where it ended.
async fn run(mut hearing: Hearing, progress: Progress) -> Infallible {
    loop {
        let Err(error) = hearing.hear(&progress).await;
        let text = error_text(&error);
        if hearing.failures == 0 {
            let (topic, partition) = (&*hearing.topic, hearing.partition);
            tracing::warn!(topic, partition, error = text, "nothing is heard of what was sold");
        }
        progress.degraded(text);
        tokio::time::sleep(WAIT.delay(hearing.failures, fastrand::f64())).await;
        hearing.failures = hearing.failures.saturating_add(1);
    }
}

impl Hearing {
    async fn hear(&mut self, progress: &Progress) -> Result<Infallible, BrokerError> {
        let client = self.broker.connect().await?;
        let connection = self.broker.partition(&client, &self.topic, self.partition).await?;
        loop {
            match fetch(&connection, self.next).await {
                Ok(records) => self.take(records, progress),
                // The topic was made anew, or its beginning is gone.
                Err(error) if error.verdict() == Verdict::OutOfRange => {
                    self.next = within(ANSWER, connection.get_offset(OffsetAt::Earliest)).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// What cannot be read is nobody's policy: it is said in the log and left out.
    fn take(&mut self, records: Vec<RecordAndOffset>, progress: &Progress) {
        let (first, mut heard) = (self.next, 0);
        // A broker may answer with records before the offset that was asked for.
        for RecordAndOffset { record, offset } in records.into_iter().filter(|record| record.offset >= first) {
            let envelope = Envelope::from_record(&record.headers, record.value.map(Bytes::from));
            match envelope.map_err(|error| error.to_string()).and_then(|envelope| Told::decode(&envelope)) {
                Ok(told) => self.registers.hear(told),
                Err(error) => tracing::warn!(partition = self.partition, offset, error, "an event says nothing"),
            }
            heard += 1;
            self.next = offset + 1;
        }
        self.failures = 0;
        progress.healthy(format!("at offset {}", self.next));
        progress.handled(heard);
    }
}

async fn fetch(connection: &PartitionClient, next: i64) -> Result<Vec<RecordAndOffset>, BrokerError> {
    let poll = i32::try_from(LONG_POLL.as_millis()).unwrap_or(i32::MAX);
    let (records, _) = within(ANSWER + LONG_POLL, connection.fetch_records(next, 1..MOST_BYTES, poll)).await?;
    Ok(records)
}

async fn within<T>(limit: Duration, request: impl Future<Output = Result<T, ClientError>>) -> Result<T, BrokerError> {
    match tokio::time::timeout(limit, request).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(BrokerError::TimedOut(limit)),
    }
}
