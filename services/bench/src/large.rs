//! One insurer with a very large catalogue, of which a little changes.

use std::time::{Duration, Instant};

use polis_schema::Service;

use crate::figure::Figure;
use crate::insurers::{Shelf, file};
use crate::parts::{database, database_url, topic};
use crate::program::Program;

const PRODUCTS: usize = 100_000;
/// Every so manieth product changes.
const STEP: usize = 100;
const ROUNDS: usize = 5;
const TOPIC: &str = "bench.large";
const INSURER: &str = "large";

pub(crate) fn measure(postgres: &str, kafka: &str) -> anyhow::Result<Vec<Figure>> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let database = database(postgres, "bench_large", Service::Aggregator).await?;
        topic(kafka, TOPIC, 12).await?;
        let shelf = Shelf::default();
        shelf.show(INSURER, PRODUCTS, 0, STEP, true);
        let (server, port) = shelf.serve().await?;
        let files = tempfile::tempdir()?;
        std::fs::write(files.path().join("large.toml"), file(INSURER, port, "1s"))?;
        let url = database_url(postgres, "bench_large")?;
        let aggregator = Program::aggregator(&url, kafka, TOPIC, files.path())?;
        let client = database.get().await?;
        let newest = async || -> anyhow::Result<i64> {
            Ok(client.query_one("select coalesce(max(seq), 0) from product_events", &[]).await?.get(0))
        };
        let until = async |seq: i64| -> anyhow::Result<Instant> {
            let began = Instant::now();
            while newest().await? < seq {
                anyhow::ensure!(began.elapsed() < Duration::from_secs(120), "the events never came");
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            Ok(Instant::now())
        };
        let mut seq = i64::try_from(PRODUCTS)?;
        let first = until(seq).await?;
        let imported = shelf.served(INSURER).map_or(0.0, |served| first.duration_since(served).as_secs_f64());
        let mut rounds = Vec::new();
        for round in 1..=ROUNDS {
            tokio::time::sleep(Duration::from_secs(3)).await;
            shelf.show(INSURER, PRODUCTS, round, STEP, true);
            seq += i64::try_from(PRODUCTS / STEP)?;
            let committed = until(seq).await?;
            rounds.push(shelf.served(INSURER).map_or(f64::MAX, |at| committed.duration_since(at).as_secs_f64()));
        }
        rounds.sort_by(f64::total_cmp);
        let peak = aggregator.memory("VmHWM")?;
        aggregator.stop().await?;
        tokio::task::spawn_blocking(move || server.stop()).await?;
        let what = |what: &str| format!("one insurer of {PRODUCTS} products: {what}");
        Ok(vec![
            Figure::new(what("first import, request to commit"), imported, "s"),
            Figure::new(what("1 % changed, request to commit, median"), rounds[ROUNDS / 2], "s").target(3.0),
            Figure::new(what("1 % changed, request to commit, slowest"), rounds[ROUNDS - 1], "s"),
            Figure::new(what("memory at most"), peak, "MB").target(400.0),
        ])
    })
}
