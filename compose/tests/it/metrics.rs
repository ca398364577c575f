//! What the services say of themselves in numbers.

use super::polis::Polis;

/// The metrics of the aggregator, as Prometheus reads them; none while it is down.
pub async fn of_aggregator(polis: &Polis) -> String {
    match polis.http.get(polis.aggregator("/metrics")).send().await {
        Ok(answer) => answer.text().await.unwrap_or_default(),
        Err(_) => String::new(),
    }
}

/// The value of the series with that name and, among others, these labels.
pub fn value(metrics: &str, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let wanted: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    let line = metrics.lines().find(|line| {
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with('{'))
            && wanted.iter().all(|part| line.contains(part))
    });
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok())
}
