//! A consumer that writes texts into a table, in which something can be wrong and be mended, and the admin routes about it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use deadpool_postgres::Transaction;
use polis_actors::admin::dead_letters;
use polis_actors::consumer::{Applying, ConsumerConfig, ConsumerSpec, Incoming, Projection, ProjectionError};
use polis_actors::runtime::{Background, Backoff, Health, tree};
use polis_proto::{Envelope, EventId, Offset};
use polis_schema::Service;
use serde_json::{Value, json};
use uuid::Uuid;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use super::parts::{LONG, Parts, record, until};

/// Writes each text down, in the order in which it comes. Until it is mended, texts that begin with `bad` are not to its taste; `after x`
/// waits until `x` is written.
#[derive(Default)]
pub struct Writer {
    pub mended: AtomicBool,
}

impl Projection for Writer {
    type Event = String;

    fn decode(&self, envelope: &Envelope) -> Result<String, String> {
        String::from_utf8(envelope.data.to_vec()).map_err(|error| format!("not text: {error}"))
    }

    fn apply<'a>(&'a self, transaction: &'a Transaction<'a>, batch: &'a [&'a Incoming<String>]) -> Applying<'a> {
        Box::pin(async move {
            let failed = |error: tokio_postgres::Error| ProjectionError::Database(error.into());
            let bad = batch.iter().find(|incoming| incoming.event.starts_with("bad"));
            if let Some(bad) = bad.filter(|_| !self.mended.load(Relaxed)) {
                return Err(ProjectionError::Rejected(format!("{:?} is not to my taste", bad.event)));
            }
            let rows = transaction.query("select text from diary", &[]).await.map_err(failed)?;
            let written: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
            let waits = |incoming: &&&Incoming<String>| {
                incoming.event.strip_prefix("after ").is_some_and(|text| written.iter().all(|known| known != text))
            };
            let waiting: Vec<(Offset, String)> = batch
                .iter()
                .filter(waits)
                .map(|incoming| (incoming.offset, format!("{:?}: not written yet", incoming.event)))
                .collect();
            if !waiting.is_empty() {
                return Err(ProjectionError::Waiting(waiting));
            }
            let keys: Vec<&str> = batch.iter().map(|incoming| incoming.envelope.subject.as_str()).collect();
            let texts: Vec<&str> = batch.iter().map(|incoming| incoming.event.as_str()).collect();
            let insert = "insert into diary (key, text) select * from unnest($1::text[], $2::text[])";
            transaction.execute(insert, &[&keys, &texts]).await.map_err(failed)?;
            Ok(())
        })
    }
}

/// A topic, the table that is written from it, and the routes of the admin port.
pub struct Diary {
    pub parts: Parts,
    pub writer: Arc<Writer>,
    routes: BoxedFilter<(Response,)>,
}

impl Diary {
    pub async fn new(name: &str) -> Self {
        let parts = Parts::new(name, Service::Messaging, 1).await;
        let table = "create table diary (n bigint generated always as identity, key text not null, text text not null)";
        parts.execute(table).await;
        let routes = dead_letters::routes(&parts.database);
        Self { parts, writer: Arc::default(), routes }
    }

    pub fn config(&self) -> ConsumerConfig {
        let mut config = ConsumerConfig::new("diary", &self.parts.topic, self.parts.partitions);
        config.retries = Backoff {
            first: Duration::from_millis(50),
            cap: Duration::from_millis(200),
            jitter: 0.0,
            healthy_after: Duration::from_secs(1),
        };
        config
    }

    pub async fn consuming(&self, owner: &str, config: ConsumerConfig) -> Background {
        let spec = ConsumerSpec {
            projection: self.writer.clone(),
            database: self.parts.database.clone(),
            broker: self.parts.broker.clone(),
            leases: self.parts.leases(owner),
            config,
        };
        Background::start("consumer", |placer| (spec.build(placer).1, ())).await.unwrap().0
    }

    /// Puts texts into the topic, each under its key.
    pub async fn write(&self, texts: &[(&str, &str)]) -> Vec<Uuid> {
        let ids: Vec<Uuid> = texts.iter().map(|_| EventId::generate().0).collect();
        let records = texts.iter().zip(&ids).map(|((key, text), id)| record(key, *id, text.as_bytes()));
        self.parts.produce(0, records.collect()).await;
        ids
    }

    pub async fn until_at(&self, offset: i64) {
        until(LONG, "the offset is reached", || async {
            self.parts.count("select coalesce(max(next_offset), 0) from consumer_offsets").await == offset
        })
        .await;
    }

    /// What is written, in order: of all keys, or of one.
    pub async fn written(&self, key: Option<&str>) -> Vec<String> {
        let client = self.parts.database.get().await.unwrap();
        let sql = "select text from diary where $1::text is null or key = $1 order by n";
        client.query(sql, &[&key]).await.unwrap().iter().map(|row| row.get(0)).collect()
    }

    /// How many records are in a state.
    pub async fn letters(&self, state: &str) -> i64 {
        self.parts.count(&format!("select count(*) from dead_letters where state = '{state}'")).await
    }

    /// Everything that is known of dead letters and orders.
    pub async fn everything(&self) -> String {
        let client = self.parts.database.get().await.unwrap();
        let mut all = String::new();
        for table in ["dead_letters", "dead_letter_history", "replays", "replay_partitions", "operator_log", "diary"] {
            let sql = format!("select coalesce(string_agg(r::text, E'\\n' order by r::text), '') from {table} r");
            all += &client.query_one(&sql, &[]).await.unwrap().get::<_, String>(0);
        }
        all
    }

    pub async fn ask(&self, path: &str) -> Value {
        let answer = warp::test::request().path(path).reply(&self.routes).await;
        assert_eq!(answer.status(), 200, "GET {path}: {:?}", answer.body());
        serde_json::from_slice(answer.body()).unwrap()
    }

    pub async fn tell(&self, path: &str, order: &Value) -> (u16, Value) {
        let answer = warp::test::request().method("POST").path(path).json(order).reply(&self.routes).await;
        (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap())
    }

    /// An order that must be accepted, once it is carried out.
    pub async fn done(&self, path: &str, mut order: Value) -> Value {
        order["by"] = "olga".into();
        order["why"] = "the writer is mended".into();
        let (status, ordered) = self.tell(path, &order).await;
        assert_eq!(status, 202, "{ordered}");
        let path = format!("/replays/{}", ordered["id"]);
        until(LONG, "the order is carried out", || async { self.ask(&path).await["state"] != "running" }).await;
        self.ask(&path).await
    }

    /// How its partition is, and what it says.
    pub fn partition(tree_of: &Background) -> (Health, String) {
        let node = tree(tree_of.root());
        let node = node.find("partition-0").unwrap();
        (node.health, node.status.clone())
    }
}

/// Everything of the consumer.
pub fn all() -> Value {
    json!({ "selection": { "all": true, "consumer": "diary" } })
}

/// How many records of an order were applied, failed, were left out.
pub fn outcome(replay: &Value) -> [i64; 3] {
    ["applied", "failed", "left_out"].map(|name| replay[name].as_i64().unwrap())
}
