//! What the services say of themselves in numbers.

use super::polis::Polis;

/// The metrics at that address, as Prometheus reads them; none while the service is down.
pub async fn of(polis: &Polis, address: String) -> String {
    match polis.http.get(address).send().await {
        Ok(answer) => answer.text().await.unwrap_or_default(),
        Err(_) => String::new(),
    }
}

/// The sum of the series with that name and, among others, these labels; none when there is none.
pub fn value(metrics: &str, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let wanted: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
    let of = |line: &str| {
        let series = line.strip_prefix(name)?.strip_prefix('{')?;
        let fits = wanted.iter().all(|part| series.contains(part));
        fits.then(|| series.rsplit(' ').next()?.parse::<f64>().ok()).flatten()
    };
    metrics.lines().filter_map(of).reduce(|sum, one| sum + one)
}
