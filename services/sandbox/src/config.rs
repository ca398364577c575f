//! The configuration of the sandbox.

use std::net::SocketAddr;
use std::time::Duration;

use polis_actors::config::Period;
use polis_actors::telemetry::TelemetryConfig;
use serde::Deserialize;

/// The built-in configuration.
pub const DEFAULTS: &str = include_str!("../sandbox.toml");

/// The whole configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Logs and traces.
    pub telemetry: TelemetryConfig,
    /// The port of insurers that speak HTTP and of the control API.
    pub http: PortConfig,
    /// The port of the insurer that speaks gRPC.
    pub grpc: PortConfig,
    /// The port of insurers that put files on a server.
    pub sftp: PortConfig,
    /// How prices change by themselves.
    pub drift: DriftConfig,
    /// Where insurers hear of what they were sold.
    pub registers: RegistersConfig,
}

/// A port.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortConfig {
    /// Where it listens.
    pub listen: SocketAddr,
}

/// How prices change by themselves.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriftConfig {
    /// Time between two changes; none when prices stand still.
    pub every: Period,
    /// Of the random numbers.
    #[serde(default)]
    pub seed: u64,
}

/// Where insurers hear of what they were sold.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistersConfig {
    /// Bootstrap addresses of Kafka, separated by commas; nowhere when empty.
    pub brokers: String,
    /// Topic of policy events.
    pub topic: String,
    /// Its partitions.
    pub partitions: i32,
}

impl Default for DriftConfig {
    fn default() -> Self {
        Self { every: Period(Duration::ZERO), seed: 0 }
    }
}
