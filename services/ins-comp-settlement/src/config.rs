//! The configuration of settlement.

use std::path::PathBuf;

use polis_actors::admin::AdminConfig;
use polis_actors::config::{Period, Rebase};
use polis_actors::database::DatabaseConfig;
use polis_actors::kafka::{KafkaConfig, TopicConfig};
use polis_actors::telemetry::TelemetryConfig;
use serde::Deserialize;

use crate::results::Party;
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
    /// With whom it settles.
    pub insurers: InsurersConfig,
    /// What stands about us on acts of reconciliation.
    pub requisites: Party,
    /// How registers come.
    pub intake: IntakeConfig,
    /// How long what grows is kept.
    pub retention: RetentionConfig,
    /// Replaces the beginning of insurers' addresses: for a sandbox on other ports.
    #[serde(default)]
    pub rebase: Rebase,
}

/// With whom it settles.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InsurersConfig {
    /// One file per insurer, read whenever it is needed.
    pub directory: PathBuf,
}

/// How registers come.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntakeConfig {
    /// Where files are while they are read, and results until they are sent.
    pub spool: PathBuf,
    /// Where files are found, in a folder for each insurer; nowhere when empty.
    pub folder: PathBuf,
    /// A file in the folder is taken when it stood still for so long.
    pub look_every: Period,
    /// The largest file that is taken. The bounds of an insurer may be narrower.
    pub most_bytes: u64,
}

/// How long what grows is kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetentionConfig {
    /// Lines of registers, copies of policies and matches: from the end of a run, or from the receipt of a register that has none.
    pub after: Period,
    /// Dead letters that were decided on and orders to replay that came to their end: from the decision or the end.
    pub dead_letters: Period,
}
