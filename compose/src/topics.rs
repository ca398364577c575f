//! The topic list, and making topics with Kafka's own tool.

use std::collections::BTreeMap;

use rskafka::client::ClientBuilder;
use serde::Deserialize;

use crate::StackError;
use crate::kafka::Kafka;

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

/// Creates those topics that are missing, with their configuration.
///
/// # Errors
/// When the broker cannot be reached or the tool fails.
pub async fn create(stack: &crate::Stack, topics: &[TopicSpec]) -> Result<(), StackError> {
    let bootstrap = stack.addresses().kafka.clone();
    let client = ClientBuilder::new(vec![bootstrap.clone()]).build().await?;
    let there: Vec<String> = client.list_topics().await?.into_iter().map(|topic| topic.name).collect();
    let missing = topics.iter().filter(|topic| !there.contains(&topic.name));
    let kafka: &Kafka = stack.kafka();
    futures_util::future::try_join_all(missing.map(|topic| create_one(kafka, &bootstrap, topic))).await?;
    Ok(())
}

async fn create_one(kafka: &Kafka, bootstrap: &str, topic: &TopicSpec) -> Result<(), StackError> {
    let mut arguments = vec!["--bootstrap-server".to_owned(), bootstrap.to_owned(), "--create".to_owned()];
    arguments.extend(["--if-not-exists".to_owned(), "--topic".to_owned(), topic.name.clone()]);
    arguments.extend(["--partitions".to_owned(), topic.partitions.to_string()]);
    arguments.extend(["--replication-factor".to_owned(), "1".to_owned()]);
    for (key, value) in &topic.config {
        arguments.extend(["--config".to_owned(), format!("{key}={value}")]);
    }
    kafka.tool("org.apache.kafka.tools.TopicCommand", &arguments).await.map(drop)
}
