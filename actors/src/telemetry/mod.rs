//! Traces, metrics and logs of a process: OTLP to Jaeger, Prometheus text, and logs for people or machines.

mod json;
mod setup;
pub mod trace;

pub use setup::{LogFormat, Telemetry, TelemetryConfig, TelemetryError, start};
