//! The configuration of the aggregator.

use std::path::PathBuf;

use polis_actors::admin::AdminConfig;
use polis_actors::config::Rebase;
use polis_actors::database::DatabaseConfig;
use polis_actors::kafka::{KafkaConfig, TopicConfig};
use polis_actors::telemetry::TelemetryConfig;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

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
    #[serde(deserialize_with = "share")]
    pub most_withdrawn: f64,
}

/// A share of something. With "nan" nothing would ever be more than it.
fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(deserializer)?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(Error::custom(format!("{share} is not from 0 to 1"))) }
}
