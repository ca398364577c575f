//! The configuration of core-app.

use std::net::SocketAddr;
use std::path::PathBuf;

use polis_actors::database::DatabaseConfig;
use polis_actors::kafka::KafkaConfig;
use polis_actors::telemetry::TelemetryConfig;
use serde::Deserialize;

/// The built-in configuration.
pub const DEFAULTS: &str = include_str!("../core-app.toml");

/// The whole configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Logs and traces.
    pub telemetry: TelemetryConfig,
    /// The application's own database.
    pub database: DatabaseConfig,
    /// Kafka.
    pub kafka: KafkaConfig,
    /// The admin port.
    pub admin: AdminConfig,
    /// The port for browsers.
    pub http: HttpConfig,
    /// Where the catalogue comes from.
    pub topic: TopicConfig,
}

/// The admin port.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminConfig {
    /// Where it listens.
    pub listen: SocketAddr,
}

/// The port for browsers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where the built page is.
    pub web: PathBuf,
}

/// Where the catalogue comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicConfig {
    /// Name.
    pub name: String,
    /// Partitions, by the topic's contract.
    pub partitions: i32,
}
