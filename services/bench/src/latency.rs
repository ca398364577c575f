//! From the acknowledgement of a commit to a consumer of the topic, at a steady rate of commits.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use polis_actors::database::{Database, Run};
use polis_actors::kafka::Broker;
use polis_actors::lease::{LeaseConfig, Leases};
use polis_actors::relay::{PRODUCT_EVENTS, RelayConfig, RelaySpec, StoredHeaders};
use polis_actors::runtime::{Background, SupervisorSpec};
use polis_proto::EventId;
use polis_schema::Service;
use polis_schema::sql::product_events;
use tokio_postgres::types::Json;

use crate::figure::Figure;
use crate::parts::{database, peak_memory, topic};

const SECONDS: u64 = 20;
const WARM_UP: u64 = 5;
const PARTITIONS: i32 = 12;
const WRITERS: u64 = 8;

/// When each event's commit was acknowledged, and when its record came.
#[derive(Default)]
struct Times {
    committed: Vec<Option<Instant>>,
    received: Vec<Option<Instant>>,
}

pub(crate) fn measure(postgres: &str, kafka: &str, rate: u64) -> anyhow::Result<Vec<Figure>> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let name = format!("bench_latency_{rate}");
        let (database, name) = (database(postgres, &name, Service::Aggregator).await?, format!("bench.latency.{rate}"));
        let broker = topic(kafka, &name, PARTITIONS).await?;
        let spec = RelaySpec {
            outbox: PRODUCT_EVENTS,
            database: database.clone(),
            broker: broker.clone(),
            leases: Leases::new(&database, &"bench-latency".into(), LeaseConfig::default()),
            config: RelayConfig::for_topics(vec![(name.clone(), PARTITIONS)]),
        };
        let build = |placer| (SupervisorSpec::new("bench").child(spec.build().1).build(placer).1, ());
        let (background, ()) = Background::start("bench", build).await?;
        let count = usize::try_from(rate * (SECONDS + WARM_UP))?;
        let times = Arc::new(Mutex::new(Times { committed: vec![None; count], received: vec![None; count] }));
        let readers: Vec<_> =
            (0..PARTITIONS).map(|p| tokio::task::spawn(read(broker.clone(), name.clone(), p, times.clone()))).collect();
        let commit = write(&database, &name, rate, count, &times).await?;
        let deadline = Instant::now() + Duration::from_secs(10);
        while locked(&times, |times| times.received.contains(&None)) && Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        readers.iter().for_each(tokio::task::JoinHandle::abort);
        tokio::task::spawn_blocking(move || background.stop()).await?;
        let skipped = usize::try_from(rate * WARM_UP)?;
        let waits = locked(&times, |times| waits(times, skipped))?;
        let millis = |q: f64| waits.value_at_quantile(q) as f64 / 1000.0;
        let what = |what: &str| format!("commit to consumer at {rate}/s: {what}");
        Ok(vec![
            Figure::new(what("median"), millis(0.5), "ms")
                .target(4.0)
                .limit(commit, "median of the commit itself, before it"),
            Figure::new(what("99th percentile"), millis(0.99), "ms")
                .target(12.0)
                .limit(27.0, "Debezium 3.3, as measured for the design"),
            Figure::new(what("memory"), peak_memory(), "MB"),
        ])
    })
}

fn locked<R>(times: &Mutex<Times>, f: impl FnOnce(&mut Times) -> R) -> R {
    f(&mut times.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Microseconds. An event that never came is an error, not a gap in the figures.
fn waits(times: &Times, skipped: usize) -> anyhow::Result<Histogram<u64>> {
    let mut waits = Histogram::<u64>::new(3)?;
    for (committed, received) in times.committed.iter().zip(&times.received).skip(skipped) {
        let (Some(committed), Some(received)) = (committed, received) else { anyhow::bail!("an event never came") };
        // A record may come before the writer is told that its commit succeeded.
        let wait = received.saturating_duration_since(*committed);
        waits.record(u64::try_from(wait.as_micros())?.max(1))?;
    }
    Ok(waits)
}

/// Commits on a fixed schedule, whatever the one before took; answers the median of the commits, milliseconds.
async fn write(
    database: &Database, topic: &str, rate: u64, count: usize, times: &Arc<Mutex<Times>>,
) -> anyhow::Result<f64> {
    let start = tokio::time::Instant::now() + Duration::from_secs(1);
    let writers = (0..WRITERS).map(|writer| {
        let (database, topic, times) = (database.clone(), topic.to_owned(), times.clone());
        tokio::task::spawn(async move {
            let mut client = database.get().await?;
            let mut commits = Histogram::<u64>::new(3)?;
            for n in (usize::try_from(writer)?..count).step_by(usize::try_from(WRITERS)?) {
                tokio::time::sleep_until(start + Duration::from_secs_f64(n as f64 / rate as f64)).await;
                let transaction = client.transaction().await?;
                append(&transaction, &topic, n).await?;
                let began = Instant::now();
                transaction.commit().await?;
                let committed = Instant::now();
                commits.record(u64::try_from((committed - began).as_micros())?.max(1))?;
                locked(&times, |times| times.committed[n] = Some(committed));
            }
            anyhow::Ok(commits)
        })
    });
    let mut all = Histogram::<u64>::new(3)?;
    for commits in futures_util::future::try_join_all(writers).await? {
        all.add(commits?)?;
    }
    Ok(all.value_at_quantile(0.5) as f64 / 1000.0)
}

async fn append(transaction: &deadpool_postgres::Transaction<'_>, topic: &str, n: usize) -> anyhow::Result<()> {
    let one = |text: String| vec![text];
    let headers = StoredHeaders { source: "/bench".to_owned(), ..StoredHeaders::default() };
    let mut payload = vec![0xab_u8; 300];
    payload[..8].copy_from_slice(&(n as u64).to_le_bytes());
    transaction
        .run(
            &product_events::APPEND,
            &[
                &vec![EventId::generate().0],
                &one(topic.to_owned()),
                &one(format!("insurer/{}", n % 5000)),
                &one("polis.catalogue.v1.ProductEvent".to_owned()),
                &vec![payload],
                &vec![Json(headers)],
                &one("insurer".to_owned()),
                &one("product".to_owned()),
                &vec![1i64],
                &one("changed".to_owned()),
                &one(String::new()),
            ],
        )
        .await?;
    Ok(())
}

async fn read(broker: Broker, topic: String, partition: i32, times: Arc<Mutex<Times>>) -> anyhow::Result<()> {
    let client = broker.connect().await?;
    let client = broker.partition(&client, &topic, partition).await?;
    let mut next = 0;
    loop {
        let (records, _) = client.fetch_records(next, 1..1 << 20, 1000).await?;
        let now = Instant::now();
        for record in records {
            next = record.offset + 1;
            let value = record.record.value.unwrap_or_default();
            let Some(n) = value.first_chunk::<8>() else { continue };
            let n = usize::try_from(u64::from_le_bytes(*n))?;
            locked(&times, |times| {
                times.received[n].get_or_insert(now);
            });
        }
    }
}
