//! The configuration of settlement.

use polis_actors::admin::AdminConfig;
use polis_actors::database::DatabaseConfig;
use polis_actors::kafka::{KafkaConfig, TopicConfig};
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
