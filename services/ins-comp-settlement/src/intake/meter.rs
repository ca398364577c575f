//! What became of registers, counted.

use std::time::Duration;

use polis_actors::runtime::error_text;

use super::arriving::{Received, Source};
use super::error::IntakeError;

/// Counts what becomes of a register that arrives from its first byte on.
pub(super) async fn counted(
    insurer: &str, source: Source, arriving: impl Future<Output = Result<Received, IntakeError>>,
) -> Result<Received, IntakeError> {
    let received = arriving.await;
    let outcome = match &received {
        Ok(Received { known: true, .. }) => "known",
        Ok(Received { register, .. }) => {
            let (register, lines, unreadable) = (register.id, register.lines, register.unreadable);
            tracing::info!(register, insurer, source = source.as_str(), lines, unreadable, "register received");
            "stored"
        }
        Err(error) if error.is_passing() => {
            tracing::warn!(insurer, source = source.as_str(), error = error_text(error), "register not received");
            "failed"
        }
        Err(error) => {
            refused(insurer, source, error);
            "refused"
        }
    };
    // Whoever asks for insurers that there are not makes no series.
    let insurer =
        if matches!(&received, Err(error) if error.kind() == "unknown-insurer") { "unknown" } else { insurer };
    let labels =
        [("insurer", insurer.to_owned()), ("source", source.as_str().to_owned()), ("outcome", outcome.to_owned())];
    metrics::counter!("settlement_registers_total", &labels).increment(1);
    received
}

fn refused(insurer: &str, source: Source, error: &IntakeError) {
    let kind = error.kind();
    tracing::warn!(insurer, source = source.as_str(), kind, error = error_text(error), "register refused");
    let insurer = if kind == "unknown-insurer" { "unknown" } else { insurer };
    let labels = [("insurer", insurer.to_owned()), ("kind", kind.to_owned())];
    metrics::counter!("settlement_registers_refused_total", &labels).increment(1);
}

/// How long it took to read a register and to keep its lines.
pub(super) fn took(insurer: &str, time: Duration) {
    metrics::histogram!("settlement_intake_seconds", "insurer" => insurer.to_owned()).record(time.as_secs_f64());
}
