//! A full outbox to Kafka: read, produced with headers, marked. Beside it each of the three alone.

use std::time::{Duration, Instant};

use polis_actors::database::{Database, Run};
use polis_actors::kafka::Broker;
use polis_actors::lease::{LeaseConfig, Leases};
use polis_actors::relay::{PRODUCT_EVENTS, RelayConfig, RelaySpec};
use polis_actors::runtime::{Background, SupervisorSpec, tree};
use polis_schema::Service;
use rskafka::client::partition::Compression;
use tokio_postgres::types::ToSql;

use crate::events;
use crate::figure::Figure;
use crate::parts::{database, peak_memory, topic};

const ROWS: i64 = 500_000;
const PARTITIONS: i32 = 12;
const TOPIC: &str = "bench.relay";

pub(crate) fn measure(postgres: &str, kafka: &str) -> anyhow::Result<Vec<Figure>> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let database = database(postgres, "bench_relay", Service::Aggregator).await?;
        let broker = topic(kafka, TOPIC, PARTITIONS).await?;
        let produced = produce_alone(&broker).await?;
        fill(&database).await?;
        let read = read_alone(&database).await?;
        let marked = mark_alone(&database).await?;
        database.get().await?.batch_execute("truncate product_events; delete from outbox_floors").await?;
        fill(&database).await?;
        let drained = drain(&database, &broker).await?;
        Ok(vec![
            Figure::new("relay drain: read, produce with headers, mark", drained, "events/s")
                .target(150_000.0)
                .limit(produced, "producing alone"),
            Figure::new("relay drain: reading alone", read, "rows/s"),
            Figure::new("relay drain: marking alone", marked, "rows/s"),
            Figure::new("relay drain: memory", peak_memory(), "MB")
                .limit(740.0, "Debezium 3.3, as measured for the design"),
        ])
    })
}

async fn fill(database: &Database) -> anyhow::Result<()> {
    let sql = format!(
        "insert into product_events (id, topic, key, type, payload, headers, insurer_id, product_id, revision, kind, changed_fields) \
         select gen_random_uuid(), '{TOPIC}', 'insurer/' || n % 5000, 'polis.catalogue.v1.ProductEvent', \
             decode(repeat('ab', {}), 'hex'), '{{\"source\": \"/bench\"}}', 'insurer', 'product', n, 'changed', '{{}}' \
         from generate_series(1, {ROWS}) n",
        events::PAYLOAD
    );
    let client = database.get().await?;
    client.batch_execute(&sql).await?;
    Ok(client.batch_execute("analyze product_events").await?)
}

async fn read_alone(database: &Database) -> anyhow::Result<f64> {
    let client = database.get().await?;
    let (began, mut last, mut count) = (Instant::now(), 0i64, 0usize);
    loop {
        let page: [&(dyn ToSql + Sync); 2] = [&last, &8_000i64];
        let rows = client.all(&PRODUCT_EVENTS.read_after, &page).await?;
        let Some(row) = rows.last() else { break };
        last = row.get(0);
        count += rows.len();
    }
    Ok(count as f64 / began.elapsed().as_secs_f64())
}

async fn mark_alone(database: &Database) -> anyhow::Result<f64> {
    let client = database.get().await?;
    client.batch_execute("insert into leases values ('bench', 'bench', 1, 'infinity') on conflict do nothing").await?;
    let rows = client.query("select seq, created_at from product_events order by seq", &[]).await?;
    let rows: Vec<(i64, jiff::Timestamp)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let began = Instant::now();
    for batch in rows.chunks(8_000) {
        let seqs: Vec<i64> = batch.iter().map(|(seq, _)| *seq).collect();
        let (first, last) = (batch[0].1, batch[batch.len() - 1].1);
        client.run(&PRODUCT_EVENTS.mark, &[&seqs, &"bench", &1i64, &first, &last]).await?;
    }
    Ok(rows.len() as f64 / began.elapsed().as_secs_f64())
}

/// What the broker takes from this client with the same records and as many requests in flight.
async fn produce_alone(broker: &Broker) -> anyhow::Result<f64> {
    let client = broker.connect().await?;
    let per_partition = usize::try_from(ROWS / i64::from(PARTITIONS))?;
    let began = Instant::now();
    let lanes = (0..PARTITIONS).map(|partition| {
        let client = &client;
        async move {
            let lane = broker.partition(client, TOPIC, partition).await?;
            let mut left = per_partition;
            while left > 0 {
                let count = left.min(1_000);
                lane.produce((0..count).map(events::record).collect(), Compression::NoCompression).await?;
                left -= count;
            }
            anyhow::Ok(())
        }
    });
    futures_util::future::try_join_all(lanes).await?;
    Ok(ROWS as f64 / began.elapsed().as_secs_f64())
}

async fn drain(database: &Database, broker: &Broker) -> anyhow::Result<f64> {
    let spec = RelaySpec {
        outbox: PRODUCT_EVENTS,
        database: database.clone(),
        broker: broker.clone(),
        leases: Leases::new(database, &"bench-relay".into(), LeaseConfig::default()),
        config: RelayConfig::for_topics(vec![(TOPIC.to_owned(), PARTITIONS)]),
    };
    let began = Instant::now();
    let build = |placer| (SupervisorSpec::new("bench").child(spec.build().1).build(placer).1, ());
    let (background, ()) = Background::start("bench", build).await?;
    let wanted = u64::try_from(ROWS)?;
    while tree(background.root()).find("relay-product_events").is_none_or(|node| node.handled < wanted) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let client = database.get().await?;
    while client.query_opt("select 1 from product_events where sent is null limit 1", &[]).await?.is_some() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let rate = ROWS as f64 / began.elapsed().as_secs_f64();
    tokio::task::spawn_blocking(move || background.stop()).await?;
    Ok(rate)
}
