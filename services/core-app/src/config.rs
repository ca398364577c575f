//! The configuration of core-app.

use std::net::SocketAddr;
use std::path::PathBuf;

use polis_actors::admin::AdminConfig;
use polis_actors::config::Period;
use polis_actors::database::DatabaseConfig;
use polis_actors::kafka::{KafkaConfig, TopicConfig};
use polis_actors::telemetry::TelemetryConfig;
use serde::Deserialize;

use crate::api::LimitsConfig;
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
    /// Signed checkpoints over everything that was sold.
    pub audit: AuditConfig,
    /// How long what grows is kept.
    pub retention: RetentionConfig,
}

/// How long what grows is kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionConfig {
    /// Dead letters that were decided on and orders to replay that came to their end: from the decision or the end.
    pub dead_letters: Period,
}

/// Signed checkpoints.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditConfig {
    /// Seed of the signing key (RFC 8032), 64 hexadecimal digits; no checkpoints are made when empty.
    pub key: String,
    /// Public keys of former times whose checkpoints are believed.
    pub trusted: Vec<String>,
    /// How often a checkpoint is made, when an application has changed.
    pub every: Period,
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
    /// Other origins whose pages may use the API.
    pub origins: Vec<String>,
    /// Whether a proxy stands in front and says who asks, in the last entry of `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// How much one address may ask for.
    pub limits: LimitsConfig,
}
