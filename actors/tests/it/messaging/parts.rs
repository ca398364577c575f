//! A database and a topic of its own for each test, and waiting until something is true.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use polis_actors::database::{Database, DatabaseConfig, Run};
use polis_actors::kafka::{Broker, KafkaConfig};
use polis_actors::lease::{LeaseConfig, Leases};
use polis_actors::process::migrate_when_up;
use polis_actors::runtime::{Background, Child, SupervisorSpec};
use polis_proto::EventId;
use polis_schema::{Service, sql::product_events};
use polis_stack::{Stack, create_database};
use rskafka::client::ClientBuilder;
use rskafka::client::partition::{Compression, OffsetAt, UnknownTopicHandling};
use rskafka::record::{Record, RecordAndOffset};
use serde_json::json;
use tokio_postgres::types::Json;
use uuid::Uuid;

pub const LONG: Duration = Duration::from_secs(60);

/// Short times, so that hand-overs do not take long.
pub const LEASE: LeaseConfig = LeaseConfig { ttl: Duration::from_millis(1500), every: Duration::from_millis(200) };

pub struct Parts {
    pub database: Database,
    pub broker: Broker,
    pub topic: String,
    pub partitions: i32,
}

impl Parts {
    /// Fresh ones, named after the test.
    pub async fn new(name: &str, service: Service, partitions: i32) -> Self {
        let stack = Stack::shared().await;
        create_database(&stack.addresses().postgres_admin, name).await.unwrap();
        let url = stack.addresses().database_url(name);
        let database = Database::new(&DatabaseConfig { url, connections: 16 }, name).unwrap();
        migrate_when_up(&database, service).await.unwrap();
        let broker = Broker::new(&KafkaConfig { brokers: stack.addresses().kafka.clone() }, name);
        let parts = Self { database, broker, topic: format!("test.{name}"), partitions };
        create_topic(&parts.topic, partitions).await;
        parts
    }

    /// Appends rows to the outbox in one transaction: keys and payloads.
    pub async fn append(&self, rows: &[(&str, &[u8])]) -> Vec<Uuid> {
        let mut client = self.database.get().await.unwrap();
        let transaction = client.transaction().await.unwrap();
        let ids = append(&transaction, &self.topic, rows).await;
        transaction.commit().await.unwrap();
        ids
    }

    /// Everything in the topic, partition by partition.
    pub async fn records(&self) -> Vec<RecordAndOffset> {
        let client = self.broker.connect().await.unwrap();
        let mut all = Vec::new();
        for partition in 0..self.partitions {
            let client = self.broker.partition(&client, &self.topic, partition).await.unwrap();
            let end = client.get_offset(OffsetAt::Latest).await.unwrap();
            let mut next = 0;
            while next < end {
                let (records, _) = client.fetch_records(next, 1..1 << 20, 1000).await.unwrap();
                next = records.last().map_or(end, |record| record.offset + 1);
                all.extend(records);
            }
        }
        all
    }

    /// Puts records into one partition.
    pub async fn produce(&self, partition: i32, records: Vec<Record>) {
        let client = self.broker.connect().await.unwrap();
        let client = self.broker.partition(&client, &self.topic, partition).await.unwrap();
        client.produce(records, Compression::NoCompression).await.unwrap();
    }

    pub async fn count(&self, sql: &str) -> i64 {
        self.database.get().await.unwrap().query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Leases of an instance.
    pub fn leases(&self, owner: &str) -> Leases {
        Leases::new(&self.database, &owner.into(), LEASE)
    }

    pub async fn execute(&self, sql: &str) {
        self.database.get().await.unwrap().batch_execute(sql).await.unwrap();
    }
}

pub async fn append(
    transaction: &deadpool_postgres::Transaction<'_>, topic: &str, rows: &[(&str, &[u8])],
) -> Vec<Uuid> {
    let ids: Vec<Uuid> = rows.iter().map(|_| EventId::generate().0).collect();
    let same = |text: &str| vec![text.to_owned(); rows.len()];
    let keys: Vec<&str> = rows.iter().map(|(key, _)| *key).collect();
    let payloads: Vec<&[u8]> = rows.iter().map(|(_, payload)| *payload).collect();
    let headers: Vec<_> = rows.iter().map(|_| Json(json!({ "source": "/test" }))).collect();
    let revisions = vec![1i64; rows.len()];
    transaction
        .run(
            &product_events::APPEND,
            &[
                &ids,
                &same(topic),
                &keys,
                &same("test.Event"),
                &payloads,
                &headers,
                &same("i"),
                &same("p"),
                &revisions,
                &same("changed"),
                &same(""),
            ],
        )
        .await
        .unwrap();
    ids
}

pub async fn create_topic(topic: &str, partitions: i32) {
    let stack = Stack::shared().await;
    let client = ClientBuilder::new(vec![stack.addresses().kafka.clone()]).build().await.unwrap();
    let controller = client.controller_client().unwrap();
    controller.create_topic(topic, partitions, 1, 10_000).await.unwrap();
    until(LONG, "the topic is known", || async {
        client.partition_client(topic, partitions - 1, UnknownTopicHandling::Error).await.is_ok()
    })
    .await;
}

/// Runs children under a supervisor until dropped.
pub async fn running(children: Vec<Arc<dyn Child>>) -> Background {
    let build = |placer| {
        let spec = children.into_iter().fold(SupervisorSpec::new("test"), SupervisorSpec::child);
        (spec.build(placer).1, ())
    };
    Background::start("test-tree", build).await.unwrap().0
}

/// Stops a tree without holding the test's runtime.
pub async fn stopped(tree: Background) {
    tokio::task::spawn_blocking(move || tree.stop()).await.unwrap();
}

pub async fn until<F: Future<Output = bool>>(limit: Duration, what: &str, mut condition: impl FnMut() -> F) {
    let deadline = tokio::time::Instant::now() + limit;
    while !condition().await {
        assert!(tokio::time::Instant::now() < deadline, "not within {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A record as the relay writes it.
pub fn record(key: &str, id: Uuid, value: &[u8]) -> Record {
    let text = |text: &str| text.as_bytes().to_vec();
    let headers = BTreeMap::from([
        ("ce_specversion".to_owned(), text("1.0")),
        ("ce_id".to_owned(), text(&id.to_string())),
        ("ce_source".to_owned(), text("/test")),
        ("ce_type".to_owned(), text("test.Event")),
        ("ce_time".to_owned(), text("2026-11-23T00:00:00Z")),
        ("ce_subject".to_owned(), text(key)),
        ("content-type".to_owned(), text("application/protobuf")),
    ]);
    Record { key: Some(text(key)), value: Some(value.to_vec()), headers, timestamp: chrono::Utc::now() }
}
