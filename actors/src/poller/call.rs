//! One call of an insurer: within its deadline, measured, and told when it gives nothing.

use opentelemetry::KeyValue;

use super::clock::within;
use super::{PollError, Polled, PollerSpec, Validators};
use crate::runtime::Progress;
use crate::telemetry::trace::current_trace_id;

/// One call; `attempt` counts those in a row that gave nothing, this one included.
pub(super) async fn call<C: Send + 'static, T>(
    spec: &PollerSpec<C, T>, validators: &Validators, attempt: u32, progress: &Progress,
) -> Result<Polled<C>, PollError> {
    let deadline = spec.config.deadline;
    let (answer, spent) = within(deadline, progress, spec.source.poll(validators)).await;
    let answer = answer.unwrap_or(Err(PollError::TimedOut(deadline)));
    let outcome = match &answer {
        Ok(Polled::NotModified) => "not-modified",
        Ok(Polled::Whole { .. }) => "whole",
        Err(error) => error.kind(),
    };
    let labels = [
        ("insurer", spec.config.insurer.clone()),
        ("protocol", spec.source.protocol().to_owned()),
        ("outcome", outcome.to_owned()),
    ];
    metrics::histogram!("poller_call_seconds", &labels).record(spent.as_secs_f64());
    if let Err(error) = &answer {
        let trace_id = current_trace_id().unwrap_or_default();
        tracing::warn!(
            insurer = spec.config.insurer, protocol = spec.source.protocol(), attempt,
            duration_ms = u64::try_from(spent.as_millis()).unwrap_or(u64::MAX),
            status = error.status(), %error, trace_id, "poll gave nothing; the last good catalogue stays"
        );
        count(&spec.config.insurer, error);
    }
    answer
}

fn count(insurer: &str, error: &PollError) {
    let labels =
        [("insurer", insurer.to_owned()), ("kind", error.kind().to_owned()), ("field", error.field().to_owned())];
    metrics::counter!("poller_errors_total", &labels).increment(1);
    let span = opentelemetry::Context::current();
    opentelemetry::trace::TraceContextExt::span(&span).set_attribute(KeyValue::new("error.type", error.kind()));
}
