//! Connecting to Kafka, within deadlines.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use rskafka::BackoffConfig;
use rskafka::client::partition::{PartitionClient, UnknownTopicHandling};
use rskafka::client::{Client, ClientBuilder};
use serde::Deserialize;

use super::BrokerError;

/// How Kafka is reached.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KafkaConfig {
    /// Bootstrap addresses, separated by commas.
    pub brokers: String,
}

/// A topic.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicConfig {
    /// Name.
    pub name: String,
    /// Partitions, by the topic's contract.
    pub partitions: i32,
}

/// Longest wait for any answer that is not a long poll.
const ANSWER: Duration = Duration::from_secs(10);
/// How long the client itself repeats a request before it tells us.
const OWN_RETRIES: Duration = Duration::from_secs(2);

/// An address of Kafka and the name we go by. Connections are made by its methods.
#[derive(Clone, Debug)]
pub struct Broker {
    brokers: Vec<String>,
    client_id: Arc<str>,
}

impl Broker {
    /// No connection is made yet.
    pub fn new(config: &KafkaConfig, client_id: &str) -> Self {
        let brokers = config.brokers.split(',').map(|b| b.trim().to_owned()).filter(|b| !b.is_empty()).collect();
        Self { brokers, client_id: client_id.into() }
    }

    /// A connection of its own.
    ///
    /// # Errors
    /// When no broker answers in time.
    pub async fn connect(&self) -> Result<Client, BrokerError> {
        let backoff = BackoffConfig { deadline: Some(OWN_RETRIES), ..BackoffConfig::default() };
        let build =
            ClientBuilder::new(self.brokers.clone()).client_id(self.client_id.clone()).backoff_config(backoff).build();
        within(ANSWER, build).await
    }

    /// A connection to one partition.
    ///
    /// # Errors
    /// When the topic is unknown or no broker answers in time.
    pub async fn partition(
        &self, client: &Client, topic: &str, partition: i32,
    ) -> Result<PartitionClient, BrokerError> {
        within(ANSWER, client.partition_client(topic, partition, UnknownTopicHandling::Error)).await
    }

    /// How many partitions each topic has.
    ///
    /// # Errors
    /// When no broker answers in time.
    pub async fn topics(&self) -> Result<HashMap<String, i32>, BrokerError> {
        let client = self.connect().await?;
        let topics = within(ANSWER, client.list_topics()).await?;
        let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        Ok(topics.into_iter().map(|topic| (topic.name, count(topic.partitions.len()))).collect())
    }

    /// Whether a topic is as the contract says.
    ///
    /// # Errors
    /// [`BrokerError::Topic`] says what to run.
    pub async fn check_topic(&self, topic: &str, partitions: i32) -> Result<(), BrokerError> {
        let found = self.topics().await?.get(topic).copied().unwrap_or(0);
        if found == partitions {
            return Ok(());
        }
        let brokers = self.brokers.join(",");
        let action = if found == 0 { "--create" } else { "--alter" };
        let command =
            format!("kafka-topics.sh --bootstrap-server {brokers} {action} --topic {topic} --partitions {partitions}");
        Err(BrokerError::Topic { topic: topic.to_owned(), wanted: partitions, found, command })
    }
}

pub(crate) async fn within<T>(
    limit: Duration, request: impl Future<Output = Result<T, rskafka::client::error::Error>>,
) -> Result<T, BrokerError> {
    match tokio::time::timeout(limit, request).await {
        Ok(result) => Ok(result?),
        Err(_) => Err(BrokerError::TimedOut(limit)),
    }
}
