//! The configuration of the aggregator.

use std::path::PathBuf;

use polis_actors::admin::AdminConfig;
pub use polis_actors::config::Rebase;
use polis_actors::database::DatabaseConfig;
use polis_actors::kafka::{KafkaConfig, TopicConfig};
use polis_actors::telemetry::TelemetryConfig;
use serde::Deserialize;

/// The built-in configuration: everything on this machine, insurers of the sandbox.
pub const DEFAULTS: &str = include_str!("../aggregator.toml");

/// The whole configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Logs and traces.
    pub telemetry: TelemetryConfig,
    /// The aggregator's own database.
    pub database: DatabaseConfig,
    /// Kafka.
    pub kafka: KafkaConfig,
    /// The admin port.
    pub admin: AdminConfig,
    /// Where events go.
    pub topic: TopicConfig,
    /// What keeps a broken answer from emptying a catalogue.
    pub guard: GuardConfig,
    /// Who is polled.
    pub insurers: InsurersConfig,
    /// Replaces the beginning of insurers' addresses: for a sandbox on other ports.
    #[serde(default)]
    pub rebase: Rebase,
}

/// Who is polled.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InsurersConfig {
    /// One file per insurer, followed while the service runs.
    pub directory: PathBuf,
}

/// What keeps a broken answer from emptying a catalogue.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardConfig {
    /// Share of an insurer's products, 0 to 1, that one answer may withdraw. More is held for approval.
    pub most_withdrawn: f64,
}
