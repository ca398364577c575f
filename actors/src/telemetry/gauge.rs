//! Gauges that end with their owner. The registry of `metrics` forgets nothing: what an instance said last of something it
//! handed over long ago would be told for ever, beside what its successor says.

use metrics::Gauge;
use metrics_exporter_prometheus::PrometheusHandle;

/// A gauge that is shown from its first value until it is withdrawn or dropped.
#[derive(Debug)]
pub struct OwnedGauge(Gauge);

impl OwnedGauge {
    /// Owns a gauge; it is not shown yet.
    pub fn new(gauge: Gauge) -> Self {
        let owned = Self(gauge);
        owned.withdraw();
        owned
    }

    /// Shows a value.
    pub fn set(&self, value: f64) {
        self.0.set(value);
    }

    /// Shows nothing until the next value.
    pub fn withdraw(&self) {
        self.0.set(f64::NAN);
    }
}

impl Drop for OwnedGauge {
    fn drop(&mut self) {
        self.withdraw();
    }
}

/// All metrics in the text format of Prometheus, but those that are no number: a sum over them would be none either.
pub fn exposition(metrics: &PrometheusHandle) -> String {
    let shown = metrics.render();
    shown.split_inclusive('\n').filter(|line| !line.trim_end().ends_with(" NaN")).collect()
}

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn a_gauge_is_shown_while_somebody_owns_it() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let metrics = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            metrics::gauge!("other").set(7.0);
            let gauge = OwnedGauge::new(metrics::gauge!("owned", "insurer" => "a"));
            assert!(!exposition(&metrics).contains("owned{"));
            gauge.set(3.0);
            assert!(exposition(&metrics).contains("owned{insurer=\"a\"} 3"));
            gauge.withdraw();
            assert!(!exposition(&metrics).contains("owned{"));
            gauge.set(4.0);
            drop(gauge);
            let text = exposition(&metrics);
            assert!(!text.contains("owned{") && text.contains("other 7"), "{text}");
        });
    }
}
