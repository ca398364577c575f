//! The configuration of the aggregator.

use std::path::PathBuf;
use std::str::FromStr;

use polis_actors::admin::AdminConfig;
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

/// Addresses in place of others: `FROM=TO,FROM=TO`, each the beginning of an address.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(try_from = "String")]
pub struct Rebase(Vec<(String, String)>);

impl Rebase {
    /// The address, or the one that stands in for it.
    pub fn apply(&self, address: &str) -> String {
        let rebased = self.0.iter().find_map(|(from, to)| Some(format!("{to}{}", address.strip_prefix(from)?)));
        rebased.unwrap_or_else(|| address.to_owned())
    }
}

impl FromStr for Rebase {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty()).map(|pair| {
            let (from, to) = pair.split_once('=').ok_or_else(|| format!("{pair:?}: write FROM=TO,FROM=TO"))?;
            Ok((from.to_owned(), to.to_owned()))
        });
        pairs.collect::<Result<_, _>>().map(Self)
    }
}

impl TryFrom<String> for Rebase {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}
