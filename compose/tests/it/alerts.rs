//! The alerts fire when they should, and not otherwise: promtool evaluates them on invented series, and a real
//! Prometheus on what the services say of themselves while the broker is away.

use std::collections::BTreeSet;
use std::process::Command;

use nix::sys::signal::Signal;
use polis_stack::{ProcessSpec, free_port};
use serde_json::Value;

use super::buyer::Buyer;
use super::polis::{Polis, halt, resume, until};

const CONFIG: &str = include_str!("../../prometheus/prometheus.yaml");
const RULES: &str = include_str!("../../prometheus/rules.yaml");
/// How often it scrapes and evaluates here.
const OFTEN: &str = "scrape_interval: 1s\n  evaluation_interval: 1s";
/// Minutes of patience and thousands of rows keep short outages from waking anybody, and would keep this test for
/// long. Only these figures are others here; everything else of the rules is what we ship.
const PATIENT_AND_HASTY: [(&str, &str); 3] = [
    ("relay_oldest_unsent_seconds > 60\n        for: 1m\n", "relay_oldest_unsent_seconds > 2\n        for: 1s\n"),
    ("relay_unsent_rows > 10000\n        for: 1m\n", "relay_unsent_rows > 0\n        for: 1s\n"),
    (
        "(increase(relay_produce_retries_total[2m])) > 0\n        for: 2m\n",
        "(increase(relay_produce_retries_total[30s])) > 0\n        for: 1s\n",
    ),
];

fn promtool(arguments: &[&str]) {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/prometheus");
    let output = Command::new("promtool").args(arguments).current_dir(directory).output().expect("promtool");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "promtool {}: {text}", arguments.join(" "));
}

#[test]
fn rules_are_valid_and_fire_when_they_should() {
    promtool(&["check", "rules", "rules.yaml"]);
    promtool(&["test", "rules", "rules.test.yaml", "rules.days.test.yaml"]);
}

/// Puts `to` in the place of `from`, which must stand there once: a file that is written otherwise now is noticed.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert_eq!(text.matches(from).count(), 1, "{from:?} does not stand once in\n{text}");
    text.replace(from, to)
}

/// Starts Prometheus with our configuration and rules; answers its address.
async fn prometheus(polis: &Polis) -> String {
    let directory = polis.stack.directory().join("prometheus");
    std::fs::create_dir_all(&directory).unwrap();
    let ports = polis.services.ports;
    let config = replaced(CONFIG, "scrape_interval: 5s\n  evaluation_interval: 5s", OFTEN);
    // Nothing of settlement is asked here.
    let config = replaced(&config, ", \"ins-comp-settlement:9082\"", "");
    let config = replaced(&config, "core-app:9080", &format!("127.0.0.1:{}", ports.core_admin));
    let config = replaced(&config, "ins-product-aggregator:9081", &format!("127.0.0.1:{}", ports.aggregator_admin));
    std::fs::write(directory.join("prometheus.yaml"), config).unwrap();
    let hastily = |rules: String, (patient, hasty): (&str, &str)| replaced(&rules, patient, hasty);
    let rules = PATIENT_AND_HASTY.into_iter().fold(RULES.to_owned(), hastily);
    std::fs::write(directory.join("rules.yaml"), rules).unwrap();
    let port = free_port().unwrap();
    let mut spec = ProcessSpec::new("prometheus", "prometheus", polis.stack.log_of("prometheus"));
    spec.arguments = vec![
        "--config.file=prometheus.yaml".to_owned(),
        "--storage.tsdb.path=data".to_owned(),
        format!("--web.listen-address=127.0.0.1:{port}"),
    ];
    spec.directory = directory;
    polis.spawn(spec).await;
    format!("http://127.0.0.1:{port}")
}

fn list(answer: &Value, name: &str) -> Vec<Value> {
    answer["data"][name].as_array().cloned().unwrap_or_default()
}

/// How many services it reaches.
async fn scraped(polis: &Polis, prometheus: &str) -> usize {
    let answer = polis.get(&format!("{prometheus}/api/v1/targets")).await.unwrap_or_default();
    list(&answer, "activeTargets").iter().filter(|target| target["health"] == "up").count()
}

/// What it wakes somebody about: the alert and the outbox or topic.
async fn alarms(polis: &Polis, prometheus: &str) -> BTreeSet<(String, String)> {
    let answer = polis.get(&format!("{prometheus}/api/v1/alerts")).await.unwrap();
    assert_eq!(answer["status"], "success", "{answer}");
    let alerts = list(&answer, "alerts").into_iter();
    let firing = alerts.filter(|alert| alert["state"] == "firing").filter_map(|alert| {
        let label = |name: &str| alert["labels"][name].as_str().map(str::to_owned);
        Some((label("alertname")?, label("outbox").or_else(|| label("topic"))?))
    });
    firing.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_wakes_somebody_until_everything_is_sent() {
    let polis = Polis::start().await;
    let prometheus = prometheus(&polis).await;
    until("both services are scraped", || async { scraped(&polis, &prometheus).await == 2 }).await;
    assert_eq!(alarms(&polis, &prometheus).await, BTreeSet::new(), "all is well");

    let kafka = polis.stack.kafka_process().unwrap();
    halt(kafka, Signal::SIGTERM).await;
    // A changed price waits in the outbox of the aggregator, a request for a payment in that of core-app.
    polis.set_premium("kama-strakh", "kama-travel-1", "7003.00").await;
    Buyer::paying(&polis).await;
    let alarm = |(alert, of): (&str, &str)| (alert.to_owned(), of.to_owned());
    let all = BTreeSet::from(
        [
            ("OutboxIsNotDrained", "outbox"),
            ("OutboxIsNotDrained", "product_events"),
            ("OutboxGrows", "outbox"),
            ("OutboxGrows", "product_events"),
            ("SendingFails", "polis.payments.payment-requests.v1"),
            ("SendingFails", "polis.catalogue.product-events.v1"),
        ]
        .map(alarm),
    );
    until("age, number and errors of both outboxes wake somebody", || async {
        alarms(&polis, &prometheus).await.is_superset(&all)
    })
    .await;

    resume(kafka).await;
    until("nobody is woken any more", || async { alarms(&polis, &prometheus).await.is_empty() }).await;
    assert_eq!(scraped(&polis, &prometheus).await, 2, "it is quiet because all is well, not because nobody is asked");
    let waiting = polis.core_count("select count(*) from outbox where sent is null").await
        + polis.aggregator_count("select count(*) from product_events where sent is null").await;
    assert_eq!(waiting, 0);
    polis.stop().await;
}
