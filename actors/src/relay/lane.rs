//! One partition's queue: rows in order, one request in flight, rows that the broker refuses set apart by key.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use rskafka::client::Client;
use rskafka::client::partition::{Compression, PartitionClient};

use super::row::Unsent;
use crate::failpoint;
use crate::kafka::{Broker, BrokerError, Verdict};
use crate::runtime::{Backoff, Progress};
use crate::telemetry::trace::{OpenSpan, Parent, system_time};

/// A broker answers within this, or is asked again.
const ANSWER: Duration = Duration::from_secs(10);
/// Below the broker's default `message.max.bytes`, with room for what our count of bytes leaves out.
const MOST_BYTES: usize = 900_000;

/// A broker that is back should not wait long for us.
const WAIT: Backoff = Backoff {
    first: Duration::from_millis(100),
    cap: Duration::from_secs(2),
    jitter: 0.2,
    healthy_after: Duration::from_secs(10),
};

/// Rows that wait for one partition.
#[derive(Default)]
pub(crate) struct Lane {
    queue: VecDeque<Unsent>,
    busy: bool,
    connection: Option<Arc<PartitionClient>>,
}

/// The rows of one request, and the connection of the one before.
pub(crate) struct Request {
    rows: Vec<Unsent>,
    connection: Option<Arc<PartitionClient>>,
}

/// What became of a request.
pub(crate) struct Produced {
    pub(crate) lane: (String, i32),
    pub(crate) acknowledged: Vec<Unsent>,
    pub(crate) refused: Vec<(Unsent, String)>,
    /// Rows of refused keys, which wait behind them.
    pub(crate) behind: Vec<Unsent>,
    connection: Arc<PartitionClient>,
}

/// How a lane reaches its partition.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) broker: Broker,
    pub(crate) client: Arc<Client>,
    pub(crate) topic: String,
    pub(crate) partition: i32,
    /// A declared topic that the broker does not know is missing for now; another one will never be there.
    pub(crate) declared: bool,
    pub(crate) progress: Progress,
}

impl Lane {
    pub(crate) fn push(&mut self, row: Unsent) {
        self.queue.push_back(row);
    }

    /// Takes the next request's rows, unless one is in flight.
    pub(crate) fn begin(&mut self) -> Option<Request> {
        if self.busy || self.queue.is_empty() {
            return None;
        }
        let mut bytes = 0;
        let fits = self.queue.iter().take_while(|row| {
            bytes += row.size();
            bytes <= MOST_BYTES
        });
        let count = fits.count().max(1);
        self.busy = true;
        Some(Request { rows: self.queue.drain(..count).collect(), connection: self.connection.clone() })
    }

    pub(crate) fn end(&mut self, produced: &Produced) {
        self.busy = false;
        self.connection = Some(produced.connection.clone());
    }

    /// Takes rows of a key out of the queue.
    pub(crate) fn remove_key(&mut self, key: &str) -> Vec<Unsent> {
        let (gone, kept) = std::mem::take(&mut self.queue).into_iter().partition(|row| row.key() == key);
        self.queue = kept;
        Vec::from(gone)
    }
}

/// Sends rows until each is acknowledged or refused. While the broker is away, it waits and repeats for ever.
pub(crate) async fn produce(route: Route, request: Request) -> Produced {
    let Request { rows, connection } = request;
    failpoint::reach("relay::before_produce");
    let mut sender = Sender { connection: connection_or_wait(&route, connection).await, route };
    let (mut acknowledged, mut refused, mut behind) = (Vec::new(), Vec::new(), Vec::new());
    let mut refused_keys = HashSet::new();
    let mut batches = VecDeque::from([rows]);
    while let Some(batch) = batches.pop_front() {
        let (waiting, batch): (Vec<_>, Vec<_>) = batch.into_iter().partition(|row| refused_keys.contains(row.key()));
        behind.extend(waiting);
        match sender.send(&batch).await {
            Ok(()) => acknowledged.extend(batch),
            Err(reason) => match <[Unsent; 1]>::try_from(batch) {
                Ok([row]) => {
                    refused_keys.insert(row.key().to_owned());
                    refused.push((row, reason));
                }
                Err(mut batch) => {
                    let right = batch.split_off(batch.len() / 2);
                    batches.push_front(right);
                    batches.push_front(batch);
                }
            },
        }
    }
    failpoint::reach("relay::before_mark");
    let lane = (sender.route.topic.clone(), sender.route.partition);
    Produced { lane, acknowledged, refused, behind, connection: sender.connection }
}

async fn connection_or_wait(route: &Route, known: Option<Arc<PartitionClient>>) -> Arc<PartitionClient> {
    if let Some(connection) = known {
        return connection;
    }
    let mut attempt = 0;
    loop {
        match route.broker.partition(&route.client, &route.topic, route.partition).await {
            Ok(connection) => return Arc::new(connection),
            Err(error) => wait(route, &error, &mut attempt).await,
        }
    }
}

async fn wait(route: &Route, error: &BrokerError, attempt: &mut u32) {
    if *attempt == 0 {
        tracing::warn!(topic = route.topic, partition = route.partition, %error, "broker does not take events; waiting");
    }
    metrics::counter!("relay_produce_retries_total", "topic" => route.topic.clone()).increment(1);
    route.progress.degraded(format!("kafka: {error}"));
    tokio::time::sleep(WAIT.delay(*attempt, fastrand::f64())).await;
    *attempt += 1;
}

struct Sender {
    route: Route,
    connection: Arc<PartitionClient>,
}

impl Sender {
    async fn send(&mut self, rows: &[Unsent]) -> Result<(), String> {
        if rows.is_empty() {
            return Ok(());
        }
        let began = SystemTime::now();
        let spans: Vec<_> = rows.iter().map(|row| spans(row, &self.route, began)).collect();
        let mut attempt = 0;
        loop {
            let now = chrono::Utc::now();
            let records = rows.iter().zip(&spans).map(|(row, span)| {
                let traceparent = span.as_ref().and_then(OpenSpan::traceparent);
                row.record(traceparent.as_deref(), now)
            });
            let request = self.connection.produce(records.collect(), Compression::NoCompression);
            let error = match tokio::time::timeout(ANSWER, request).await {
                Ok(Ok(_)) => {
                    if attempt > 0 {
                        self.route.progress.healthy("relaying");
                    }
                    return Ok(());
                }
                Ok(Err(error)) => BrokerError::from(error),
                Err(_) => BrokerError::TimedOut(ANSWER),
            };
            let hopeless = match error.verdict() {
                Verdict::Refused => true,
                Verdict::NoTopic => !self.route.declared,
                Verdict::Retry | Verdict::OutOfRange => false,
            };
            if hopeless {
                return Err(error.to_string());
            }
            wait(&self.route, &error, &mut attempt).await;
            // The leader may have moved, or the broker may be another process now.
            if let Ok(fresh) =
                self.route.broker.partition(&self.route.client, &self.route.topic, self.route.partition).await
            {
                self.connection = Arc::new(fresh);
            }
        }
    }
}

/// The time a row waited in the outbox, and the request that sends it.
fn spans(row: &Unsent, route: &Route, began: SystemTime) -> Option<OpenSpan> {
    let parent = Parent::parse(row.headers.traceparent.as_deref()?)?;
    let written = system_time(row.created_at);
    let attributes = vec![KeyValue::new("messaging.message.id", row.id().to_string())];
    let waited = parent.span("outbox.wait", SpanKind::Internal, written, attributes);
    let next = waited.as_parent();
    waited.end_at(began);
    let attributes = vec![
        KeyValue::new("messaging.system", "kafka"),
        KeyValue::new("messaging.destination.name", route.topic.clone()),
        KeyValue::new("messaging.destination.partition.id", route.partition.to_string()),
        KeyValue::new("messaging.kafka.message.key", row.key().to_owned()),
    ];
    Some(next?.span("produce", SpanKind::Producer, began, attributes))
}
