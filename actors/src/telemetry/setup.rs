//! Setting telemetry up, once per process, and flushing it at the end.

use std::io::IsTerminal;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider};
use serde::Deserialize;
use thiserror::Error;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use super::json::Json;

/// For whom logs are written.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Lines for a person at a terminal.
    #[default]
    Human,
    /// One JSON object per line, with the trace id.
    Json,
}

/// What is told to whom.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetryConfig {
    /// For whom logs are written.
    #[serde(default)]
    pub log_format: LogFormat,
    /// Which logs, in the syntax of `tracing_subscriber::EnvFilter`: `info,polis_actors=debug`.
    pub log: String,
    /// Base address of an OTLP receiver over HTTP; no traces are sent when empty.
    #[serde(default)]
    pub otlp: String,
}

/// Why telemetry cannot be set up.
#[derive(Debug, Error)]
pub enum TelemetryError {
    /// The filter does not parse.
    #[error("telemetry.log is not a filter; write for example \"info\" or \"info,polis_actors=debug\"")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The address does not parse.
    #[error("telemetry.otlp is not usable; write for example \"http://127.0.0.1:4318\"")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    /// Histogram buckets.
    #[error("metrics")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
    /// Set up twice in one process.
    #[error("telemetry is set up already")]
    Twice(#[from] tracing_subscriber::util::TryInitError),
}

/// Running telemetry. Dropping it sends what has not been sent.
pub struct Telemetry {
    provider: SdkTracerProvider,
    /// What `/metrics` shows.
    pub metrics: PrometheusHandle,
}

/// Seconds, from a fast local write to a call that takes as long as it may.
const BUCKETS: [f64; 15] =
    [0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.125, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];

/// Sets up traces, metrics and logs of this process.
///
/// # Errors
/// [`TelemetryError`] names the key that is wrong.
pub fn start(config: &TelemetryConfig, service: &str, instance: &str) -> Result<Telemetry, TelemetryError> {
    let metrics = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)?
        .add_global_label("service", service)
        .install_recorder()?;
    let filter = EnvFilter::try_new(&config.log)?;
    let provider = if config.otlp.is_empty() { untold() } else { provider(&config.otlp, service, instance)? };
    let traces = tracing_opentelemetry::layer().with_tracer(provider.tracer("polis"));
    let logs = match config.log_format {
        LogFormat::Human => tracing_subscriber::fmt::layer()
            .with_target(false)
            .with_ansi(std::io::stderr().is_terminal())
            .with_writer(std::io::stderr)
            .boxed(),
        LogFormat::Json => tracing_subscriber::fmt::layer()
            .event_format(Json { service: service.to_owned(), instance: instance.to_owned() })
            .with_writer(std::io::stderr)
            .boxed(),
    };
    // Libraries below the exporter must not trace their own export.
    let own = tracing_subscriber::filter::filter_fn(|meta| {
        !meta.target().starts_with("hyper") && !meta.target().starts_with("reqwest")
    });
    tracing_subscriber::registry().with(traces.with_filter(own)).with(logs.with_filter(filter)).try_init()?;
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    Ok(Telemetry { provider, metrics })
}

/// Traces that are sent to nobody: they have ids all the same, which logs and the audit name.
fn untold() -> SdkTracerProvider {
    SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff).build()
}

fn provider(otlp: &str, service: &str, instance: &str) -> Result<SdkTracerProvider, TelemetryError> {
    // The exporter's HTTP client wants one; another part of the process may have installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{}/v1/traces", otlp.trim_end_matches('/')))
        .with_timeout(Duration::from_secs(5))
        .build()?;
    let batch = BatchConfigBuilder::default()
        .with_max_queue_size(16_384)
        .with_scheduled_delay(Duration::from_millis(500))
        .build();
    let resource = Resource::builder()
        .with_service_name(service.to_owned())
        .with_attribute(KeyValue::new("service.instance.id", instance.to_owned()))
        .build();
    let provider = SdkTracerProvider::builder()
        .with_resource(resource)
        .with_span_processor(BatchSpanProcessor::builder(exporter).with_batch_config(batch).build())
        .build();
    opentelemetry::global::set_tracer_provider(provider.clone());
    Ok(provider)
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        // A receiver that is down loses the last spans; the process must still end.
        let _ = self.provider.shutdown_with_timeout(Duration::from_secs(2));
    }
}
