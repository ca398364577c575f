//! Traces, metrics and logs of a process: OTLP to Jaeger, Prometheus text, and logs for people or machines.

mod gauge;
mod json;
mod setup;
pub mod trace;

pub use gauge::{OwnedGauge, exposition};
pub use setup::{LogFormat, Telemetry, TelemetryConfig, TelemetryError, start};
