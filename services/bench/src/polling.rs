//! A thousand insurers that have nothing new to say, and then some that have.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Context;
use hdrhistogram::Histogram;
use polis_actors::kafka::Broker;
use polis_schema::Service;
use rskafka::client::partition::{OffsetAt, PartitionClient};

use crate::figure::Figure;
use crate::insurers::{Shelf, file};
use crate::parts::{database, database_url, topic};
use crate::program::Program;

const INSURERS: usize = 1_000;
const PRODUCTS: usize = 200;
const TOPIC: &str = "bench.polling";
const PARTITIONS: i32 = 12;
/// Whole rounds of polls that are measured.
const WINDOW: Duration = Duration::from_secs(90);
const SETTLE: Duration = Duration::from_secs(40);

type Arrivals = Arc<Mutex<HashMap<String, Instant>>>;

fn name(n: usize) -> String {
    format!("insurer-{n}")
}

pub(crate) fn measure(postgres: &str, kafka: &str) -> anyhow::Result<Vec<Figure>> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let database = database(postgres, "bench_polling", Service::Aggregator).await?;
        let broker = topic(kafka, TOPIC, PARTITIONS).await?;
        let shelf = Shelf::default();
        // Half of them answer "not modified"; the other half send all of it again.
        (0..INSURERS).for_each(|n| shelf.show(&name(n), PRODUCTS, 0, 1, n % 2 == 0));
        let (server, port) = shelf.serve().await?;
        let files = tempfile::tempdir()?;
        for n in 0..INSURERS {
            std::fs::write(files.path().join(format!("{}.toml", name(n))), file(&name(n), port, "30s"))?;
        }
        let began = Instant::now();
        let url = database_url(postgres, "bench_polling")?;
        let aggregator = Program::aggregator(&url, kafka, TOPIC, files.path())?;
        let client = database.get().await?;
        let wanted = i64::try_from(INSURERS * PRODUCTS)?;
        loop {
            let row = client.query_one("select count(*) from product_events where sent is not null", &[]).await?;
            if row.get::<_, i64>(0) == wanted {
                break;
            }
            anyhow::ensure!(began.elapsed() < Duration::from_secs(300), "not all products are told");
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        let loaded = began.elapsed();
        tokio::time::sleep(SETTLE).await;
        let (cpu, delays) = (aggregator.cpu()?, aggregator.buckets("poller_start_delay_seconds").await?);
        tokio::time::sleep(WINDOW).await;
        let used = (aggregator.cpu()? - cpu).as_secs_f64() / WINDOW.as_secs_f64() * 100.0;
        let (late, polls) = quantile(&delays, &aggregator.buckets("poller_start_delay_seconds").await?, 0.99)?;
        let (now, peak) = (aggregator.memory("VmRSS")?, aggregator.memory("VmHWM")?);
        let to_kafka = changes(&shelf, &broker).await?;
        aggregator.stop().await?;
        tokio::task::spawn_blocking(move || server.stop()).await?;
        let what = |what: &str| format!("{INSURERS} insurers of {PRODUCTS} products: {what}");
        Ok(vec![
            Figure::new(what("until all are told"), loaded.as_secs_f64(), "s"),
            Figure::new(what("processor, nothing new"), used, "% of a core")
                .target(50.0)
                .limit(polls as f64 / WINDOW.as_secs_f64(), "polls a second"),
            Figure::new(what("memory, nothing new"), now, "MB").target(200.0).limit(peak, "at most, from the start"),
            Figure::new(what("poll after its due time, 99th percentile below"), late, "s").target(1.0),
            Figure::new(what("request to Kafka, median"), to_kafka.value_at_quantile(0.5) as f64, "ms"),
            Figure::new(what("request to Kafka, 99th percentile"), to_kafka.value_at_quantile(0.99) as f64, "ms")
                .target(100.0),
        ])
    })
}

/// The bucket that holds the quantile of what came in between, and how many came.
fn quantile(before: &[(f64, u64)], after: &[(f64, u64)], quantile: f64) -> anyhow::Result<(f64, u64)> {
    let known = |bound: f64| before.iter().find(|(known, _)| *known == bound).map_or(0, |(_, count)| *count);
    let between: Vec<(f64, u64)> = after.iter().map(|(bound, count)| (*bound, count - known(*bound))).collect();
    let all = between.last().context("no polls were measured")?.1;
    let found = between.iter().find(|(_, count)| *count as f64 >= all as f64 * quantile);
    Ok((found.map_or(f64::INFINITY, |(bound, _)| *bound), all))
}

/// From the request that gets a change to its record in Kafka: what comes on top of the poll interval.
async fn changes(shelf: &Shelf, broker: &Broker) -> anyhow::Result<Histogram<u64>> {
    let arrivals = Arrivals::default();
    let mut readers = Vec::new();
    for partition in 0..PARTITIONS {
        let client = broker.connect().await?;
        let client = broker.partition(&client, TOPIC, partition).await?;
        let next = client.get_offset(OffsetAt::Latest).await?;
        readers.push(tokio::task::spawn(read(client, next, arrivals.clone())));
    }
    // One product of each changes.
    (0..INSURERS).for_each(|n| shelf.show(&name(n), PRODUCTS, 1, PRODUCTS, n % 2 == 0));
    let began = Instant::now();
    while arrivals.lock().unwrap_or_else(PoisonError::into_inner).len() < INSURERS {
        anyhow::ensure!(began.elapsed() < Duration::from_secs(120), "a change never came");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    readers.iter().for_each(tokio::task::JoinHandle::abort);
    let mut waits = Histogram::<u64>::new(3)?;
    for (insurer, arrived) in arrivals.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        let served = shelf.served(insurer).with_context(|| format!("{insurer} was never asked"))?;
        waits.record(u64::try_from(arrived.saturating_duration_since(served).as_millis())?)?;
    }
    Ok(waits)
}

/// Notes when the first record of each insurer comes.
async fn read(client: PartitionClient, mut next: i64, arrivals: Arrivals) -> anyhow::Result<Infallible> {
    loop {
        let (records, _) = client.fetch_records(next, 1..1 << 20, 1000).await?;
        let now = Instant::now();
        let mut arrivals = arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        for record in records {
            next = record.offset + 1;
            let key = String::from_utf8_lossy(&record.record.key.unwrap_or_default()).into_owned();
            arrivals.entry(key.split('/').next().unwrap_or_default().to_owned()).or_insert(now);
        }
    }
}
