//! What the parts share: databases, topics, memory, open files.

use std::str::FromStr;
use std::time::Duration;

use anyhow::Context;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use polis_actors::database::{Database, DatabaseConfig};
use polis_actors::kafka::{Broker, KafkaConfig};
use polis_actors::process::migrate_when_up;
use polis_schema::Service;
use polis_stack::create_database;
use rskafka::client::ClientBuilder;
use rskafka::client::partition::UnknownTopicHandling;

/// Nine thousand connections are more files than a shell allows.
pub(crate) fn raise_open_files() -> anyhow::Result<()> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).context("raise the limit of open files")
}

/// Peak resident memory of this process, MB.
pub(crate) fn peak_memory() -> f64 {
    memory("VmHWM")
}

/// Resident memory of this process now, MB.
pub(crate) fn memory_now() -> f64 {
    memory("VmRSS")
}

fn memory(field: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(field)).unwrap_or_default();
    let kilobytes = line.split_whitespace().nth(1).and_then(|n| f64::from_str(n).ok()).unwrap_or(0.0);
    kilobytes / 1024.0
}

/// A fresh database of its own.
pub(crate) async fn database(admin: &str, name: &str, service: Service) -> anyhow::Result<Database> {
    create_database(admin, name).await?;
    let url = database_url(admin, name)?;
    let database = Database::new(&DatabaseConfig { url, connections: 24 }, name)?;
    migrate_when_up(&database, service).await?;
    Ok(database)
}

/// The address of a database.
pub(crate) fn database_url(admin: &str, name: &str) -> anyhow::Result<String> {
    let (server, _) = admin.rsplit_once('/').context("the address names a database")?;
    Ok(format!("{}/{name}", server.replace("polis@", &format!("{name}@"))))
}

/// A fresh topic of its own.
pub(crate) async fn topic(kafka: &str, name: &str, partitions: i32) -> anyhow::Result<Broker> {
    let client = ClientBuilder::new(vec![kafka.to_owned()]).build().await?;
    client.controller_client()?.create_topic(name, partitions, 1, 10_000).await?;
    while client.partition_client(name, partitions - 1, UnknownTopicHandling::Error).await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(Broker::new(&KafkaConfig { brokers: kafka.to_owned() }, name))
}
