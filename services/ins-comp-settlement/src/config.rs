//! The configuration of settlement.

use std::net::SocketAddr;

use polis_actors::database::DatabaseConfig;
use polis_actors::kafka::KafkaConfig;
use polis_actors::telemetry::TelemetryConfig;
use serde::Deserialize;

/// The built-in configuration.
pub const DEFAULTS: &str = include_str!("../ins-comp-settlement.toml");

/// The whole configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Logs and traces.
    pub telemetry: TelemetryConfig,
    /// The service's own database.
    pub database: DatabaseConfig,
    /// Kafka.
    pub kafka: KafkaConfig,
    /// The admin port.
    pub admin: AdminConfig,
    /// What insurers offer.
    pub products: TopicConfig,
    /// What was sold.
    pub policies: TopicConfig,
}

/// The admin port.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminConfig {
    /// Where it listens.
    pub listen: SocketAddr,
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
