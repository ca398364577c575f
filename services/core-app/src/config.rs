//! The configuration of core-app.

use std::net::SocketAddr;
use std::path::PathBuf;

use polis_actors::database::DatabaseConfig;
use polis_actors::kafka::KafkaConfig;
use polis_actors::telemetry::TelemetryConfig;
use serde::Deserialize;

use crate::api::sale::SaleConfig;
use crate::sale::provider::ProviderConfig;

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
    /// Where policy events go.
    pub policies: TopicConfig,
    /// Where payment requests go.
    pub payments: TopicConfig,
    /// Times of the sale.
    pub sale: SaleConfig,
    /// The payment provider.
    pub provider: ProviderConfig,
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
    /// Where browsers and the payment provider reach it.
    pub public: String,
    /// Where the built page is.
    pub web: PathBuf,
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
