//! From Kafka into tables: inbox, effects, offsets, one transaction per batch.

use std::sync::Arc;
use std::time::{Duration, Instant};

use core_app::catalogue::CatalogueProjection;
use deadpool_postgres::Transaction;
use ins_comp_settlement::offers::OffersProjection;
use ins_comp_settlement::policies::PoliciesProjection;
use polis_actors::consumer::{Applying, ConsumerConfig, ConsumerSpec, Incoming, Projection, ProjectionError};
use polis_actors::database::Database;
use polis_actors::kafka::Broker;
use polis_actors::lease::{LeaseConfig, Leases};
use polis_actors::runtime::{Background, Child, Placer, SupervisorSpec};
use polis_proto::{Envelope, partition_of};
use polis_schema::Service;
use rskafka::client::partition::Compression;
use rskafka::record::Record;

use crate::events;
use crate::figure::Figure;
use crate::parts::{database, peak_memory, topic};

const EVENTS: usize = 300_000;
const PRODUCTS: usize = 30_000;
const PARTITIONS: i32 = 12;
const BATCH: usize = 1_000;

/// The least an effect can be: one row per event.
struct OneRow;

impl Projection for OneRow {
    type Event = i64;

    fn decode(&self, envelope: &Envelope) -> Result<i64, String> {
        i64::try_from(envelope.data.len()).map_err(|error| error.to_string())
    }

    fn apply<'a>(&'a self, transaction: &'a Transaction<'a>, batch: &'a [&'a Incoming<i64>]) -> Applying<'a> {
        Box::pin(async move {
            let keys: Vec<&str> = batch.iter().map(|i| i.envelope.subject.as_str()).collect();
            let sizes: Vec<i64> = batch.iter().map(|i| i.event).collect();
            let insert = async {
                let statement = transaction
                    .prepare_cached("insert into effects select * from unnest($1::text[], $2::bigint[])")
                    .await?;
                transaction.execute(&statement, &[&keys, &sizes]).await
            };
            insert.await.map(drop).map_err(|error| ProjectionError::Database(error.into()))
        })
    }
}

pub(crate) fn measure(postgres: &str, kafka: &str) -> anyhow::Result<Vec<Figure>> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let database_one = database(postgres, "bench_apply_one", Service::Messaging).await?;
        database_one
            .get()
            .await?
            .batch_execute("create table effects (key text not null, size bigint not null)")
            .await?;
        let broker = topic(kafka, "bench.apply.one", PARTITIONS).await?;
        fill(&broker, "bench.apply.one", EVENTS, events::record).await?;
        let fetched = fetch_alone(&broker, "bench.apply.one").await?;
        let one =
            consume(&database_one, EVENTS, vec![consumer(&database_one, &broker, "bench.apply.one", OneRow)]).await?;

        let database_catalogue = database(postgres, "bench_apply_catalogue", Service::Core).await?;
        let broker = topic(kafka, "bench.apply.catalogue", PARTITIONS).await?;
        let event = |n: usize| events::product(n % PRODUCTS, 1 + i64::try_from(n / PRODUCTS).unwrap_or(0));
        fill(&broker, "bench.apply.catalogue", EVENTS, event).await?;
        let child = consumer(&database_catalogue, &broker, "bench.apply.catalogue", CatalogueProjection);
        let catalogue = consume(&database_catalogue, EVENTS, vec![child]).await?;
        let (settlement, of_settlement) = settlement(postgres, kafka).await?;
        Ok(vec![
            Figure::new("consumer: applied, one row per event", one, "events/s")
                .target(50_000.0)
                .limit(fetched, "fetching alone"),
            Figure::new("consumer: applied, the catalogue of core-app", catalogue, "events/s")
                .limit(fetched, "fetching alone"),
            Figure::new("consumers of settlement together: tariffs and policies", settlement, "events/s")
                .target(50_000.0)
                .limit(fetched, "fetching alone"),
            Figure::new("the same: policies alone", of_settlement, "events/s"),
            Figure::new("consumer: memory", peak_memory(), "MB"),
        ])
    })
}

/// Both consumers of settlement at once, half of the events each; and the one of policies alone.
async fn settlement(postgres: &str, kafka: &str) -> anyhow::Result<(f64, f64)> {
    let (products, policies) = ("bench.settlement.products", "bench.settlement.policies");
    let broker = topic(kafka, products, PARTITIONS).await?;
    topic(kafka, policies, PARTITIONS).await?;
    let revision = |n: usize| 1 + i64::try_from(n / PRODUCTS).unwrap_or(0);
    fill(&broker, products, EVENTS / 2, |n| events::product(n % PRODUCTS, revision(n))).await?;
    // Each policy is issued, and cancelled later.
    fill(&broker, policies, EVENTS / 2, |n| events::policy(n % (EVENTS / 4), n / (EVENTS / 4), PRODUCTS)).await?;
    let mut rates = Vec::new();
    for (name, both) in [("bench_apply_settlement", true), ("bench_apply_policies", false)] {
        let database = database(postgres, name, Service::Settlement).await?;
        // No policy waits for its tariff: that is not what is measured.
        let tariffs = "insert into tariffs (insurer_id, product_id, tariff_id, version, name, known_from)
            select 'insurer', 'product-' || n, 'base', 1, 'Base', '2026-01-01' from generate_series(0, $1::bigint - 1) n";
        database.get().await?.execute(tariffs, &[&i64::try_from(PRODUCTS)?]).await?;
        let offers = consumer(&database, &broker, products, OffersProjection);
        let sold = consumer(&database, &broker, policies, PoliciesProjection);
        rates.push(match both {
            true => consume(&database, EVENTS, vec![offers, sold]).await?,
            false => consume(&database, EVENTS / 2, vec![sold]).await?,
        });
    }
    Ok((rates[0], rates[1]))
}

async fn fill(broker: &Broker, topic: &str, events: usize, event: impl Fn(usize) -> Record) -> anyhow::Result<()> {
    let client = broker.connect().await?;
    let mut lanes = Vec::new();
    for partition in 0..PARTITIONS {
        lanes.push((broker.partition(&client, topic, partition).await?, Vec::new()));
    }
    for n in 0..events {
        let record = event(n);
        let partition = partition_of(record.key.as_deref().unwrap_or_default(), PARTITIONS).0;
        let (lane, records) = &mut lanes[usize::try_from(partition)?];
        records.push(record);
        if records.len() == BATCH {
            lane.produce(std::mem::take(records), Compression::NoCompression).await?;
        }
    }
    for (lane, records) in lanes {
        lane.produce(records, Compression::NoCompression).await?;
    }
    Ok(())
}

async fn fetch_alone(broker: &Broker, topic: &str) -> anyhow::Result<f64> {
    let began = Instant::now();
    let lanes = (0..PARTITIONS).map(|partition| async move {
        let client = broker.connect().await?;
        let lane = broker.partition(&client, topic, partition).await?;
        let mut next = 0;
        loop {
            let (records, high) = lane.fetch_records(next, 1..1 << 20, 500).await?;
            next = records.last().map_or(next, |record| record.offset + 1);
            if next >= high {
                return anyhow::Ok(());
            }
        }
    });
    futures_util::future::try_join_all(lanes).await?;
    Ok(EVENTS as f64 / began.elapsed().as_secs_f64())
}

type Consumer = dyn Fn(Arc<dyn Placer>) -> Arc<dyn Child> + Send + Sync;

/// A consumer, to be built.
fn consumer<P: Projection>(database: &Database, broker: &Broker, topic: &str, projection: P) -> Box<Consumer> {
    let spec = ConsumerSpec {
        projection: Arc::new(projection),
        database: database.clone(),
        broker: broker.clone(),
        leases: Leases::new(database, &"bench-apply".into(), LeaseConfig::default()),
        config: ConsumerConfig::new(topic, topic, PARTITIONS),
    };
    Box::new(move |placer| spec.clone().build(placer).1)
}

/// How many events a second these consumers apply, until they have applied so many.
async fn consume(database: &Database, events: usize, consumers: Vec<Box<Consumer>>) -> anyhow::Result<f64> {
    let client = database.get().await?;
    let build = move |placer: Arc<dyn Placer>| {
        let root = consumers.iter().fold(SupervisorSpec::new("bench"), |root, one| root.child(one(placer.clone())));
        (root.build(placer).1, ())
    };
    let (background, ()) = Background::start("bench", build).await?;
    // From the first commit to the last: taking the leases is not what is measured.
    let mut began = None;
    loop {
        let row = client.query_one("select coalesce(sum(next_offset), 0)::bigint from consumer_offsets", &[]).await?;
        let done = usize::try_from(row.get::<_, i64>(0))?;
        if done > 0 && began.is_none() {
            began = Some((Instant::now(), done));
        }
        if let Some((began, before)) = began.filter(|_| done >= events) {
            let rate = (events - before) as f64 / began.elapsed().as_secs_f64();
            tokio::task::spawn_blocking(move || background.stop()).await?;
            return Ok(rate);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
