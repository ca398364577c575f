//! The topic list, and making those that are missing.

use std::collections::BTreeMap;
use std::time::Duration;

use rskafka::client::ClientBuilder;
use serde::Deserialize;
use tokio::time::Instant;

use crate::StackError;
use crate::create_topics::create_topics;

/// A topic is made at once; this is for a broker that is in trouble.
const SERVED_WITHIN: Duration = Duration::from_secs(30);

/// A topic with its configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicSpec {
    /// Name.
    pub name: String,
    /// Number of partitions.
    pub partitions: u32,
    /// Topic configuration, by Kafka's own names.
    #[serde(default)]
    pub config: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    topic: Vec<TopicSpec>,
}

/// The topics of Polis, from `compose/kafka/topics.toml`.
///
/// # Errors
/// When the file does not parse.
pub fn declared() -> Result<Vec<TopicSpec>, StackError> {
    toml::from_str::<File>(include_str!("../kafka/topics.toml"))
        .map(|file| file.topic)
        .map_err(|source| StackError::Declaration { file: "compose/kafka/topics.toml", source })
}

/// Creates those topics that are missing, with their configuration, and waits until the broker serves them.
///
/// # Errors
/// When the broker cannot be reached or refuses one.
pub async fn create(stack: &crate::Stack, topics: &[TopicSpec]) -> Result<(), StackError> {
    let brokers: Vec<String> = stack.addresses().kafka.split(',').map(|one| one.trim().to_owned()).collect();
    let client = ClientBuilder::new(brokers.clone()).build().await?;
    let there: Vec<String> = client.list_topics().await?.into_iter().map(|topic| topic.name).collect();
    let missing: Vec<&TopicSpec> = topics.iter().filter(|topic| !there.contains(&topic.name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    create_topics(&brokers[0], &missing).await?;
    let deadline = Instant::now() + SERVED_WITHIN;
    loop {
        let there = client.list_topics().await?;
        let is_served =
            |topic: &&TopicSpec| there.iter().any(|one| one.name == topic.name && !one.partitions.is_empty());
        let Some(waiting) = missing.iter().find(|topic| !is_served(topic)) else { return Ok(()) };
        if Instant::now() > deadline {
            let why = format!("it was made, and is not served within {} s", SERVED_WITHIN.as_secs());
            return Err(StackError::Topic { name: waiting.name.clone(), why });
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
