//! What the aggregator says of insurers: each failed call in one line of the log, and the numbers that the business asked
//! for.

use nix::sys::signal::Signal;
use polis_stack::ProcessSpec;
use serde_json::{Value, json};

use super::metrics::{self, value};
use super::polis::{Polis, halt, resume, until};

fn aggregator(polis: &Polis) -> ProcessSpec {
    let mut spec = polis.services.aggregator(&polis.stack);
    spec.environment.push(("INS_PRODUCT_AGGREGATOR__TELEMETRY__LOG_FORMAT".to_owned(), "json".to_owned()));
    spec
}

/// Lines of the log about failed calls of that insurer.
fn failed_calls(polis: &Polis, insurer: &str) -> Vec<Value> {
    let log = std::fs::read_to_string(polis.stack.log_of("ins-product-aggregator")).unwrap_or_default();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let of = |line: &Value| {
        line["insurer"] == insurer && line["message"].as_str().is_some_and(|m| m.starts_with("poll gave"))
    };
    lines.filter(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_call_is_one_line_that_says_everything() {
    let polis = Polis::without_services().await;
    polis.spawn(polis.services.sandbox(&polis.stack)).await;
    until("the sandbox answers", || async { polis.get(&polis.sandbox("/control/insurers")).await.is_some() }).await;
    for (insurer, fault) in [
        ("kama-strakh", json!({ "kind": "status", "status": 500 })),
        ("yenisei-polis", json!({ "kind": "status", "status": 503 })),
        ("dvina-strakh", json!({ "kind": "cut" })),
        ("sibir-zashchita", json!({ "kind": "hang" })),
    ] {
        polis.set_fault(insurer, Some(fault)).await;
    }
    polis.spawn(aggregator(&polis)).await;
    for (insurer, protocol, status, cause) in [
        ("kama-strakh", "xlsx-http", Some(500), "kama-strakh/tariffs.xlsx answered 500"),
        ("yenisei-polis", "grpc", Some(14), "answered 14: Unavailable не сейчас"),
        ("dvina-strakh", "csv-sftp", None, "ends early"),
        ("sibir-zashchita", "xml-http", None, "no whole answer within 5s"),
    ] {
        until(&format!("{insurer} has failed twice"), || async { failed_calls(&polis, insurer).len() >= 2 }).await;
        let lines = failed_calls(&polis, insurer);
        for (at, line) in lines.iter().take(2).enumerate() {
            assert_eq!(line["level"], "WARN", "{line}");
            assert_eq!(line["protocol"], protocol, "{line}");
            assert_eq!(line["attempt"], at + 1, "{line}");
            assert_eq!(line["status"].as_u64(), status, "{line}");
            assert!(line["error"].as_str().unwrap().contains(cause), "{line}");
            assert!(line["duration_ms"].is_u64(), "{line}");
            let trace = line["trace_id"].as_str().unwrap();
            assert!(trace.len() == 32 && trace.chars().all(|c| c.is_ascii_hexdigit()), "{line}");
        }
        assert_ne!(lines[0]["trace_id"], lines[1]["trace_id"], "each call is a trace of its own");
        if protocol == "xml-http" {
            assert!(lines[0]["duration_ms"].as_u64().unwrap() >= 5000, "{}", lines[0]);
        }
    }
    polis.stop().await;
}

const INSURER: &str = "kama-strakh";
const PRODUCT: &str = "kama-travel-1";

async fn of(polis: &Polis, name: &str, labels: &[(&str, &str)]) -> f64 {
    value(&metrics::of(polis, polis.aggregator("/metrics")).await, name, &[labels, &[("insurer", INSURER)]].concat())
        .unwrap_or_default()
}

async fn outbox(polis: &Polis, name: &str) -> f64 {
    value(&metrics::of(polis, polis.aggregator("/metrics")).await, name, &[("outbox", "product_events")])
        .unwrap_or_default()
}

fn now() -> f64 {
    jiff::Timestamp::now().as_duration().as_secs_f64()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_business_has_its_numbers() {
    let polis = Polis::without_services().await;
    polis.spawn(polis.services.sandbox(&polis.stack)).await;
    until("the sandbox answers", || async { polis.get(&polis.sandbox("/control/insurers")).await.is_some() }).await;
    let process = polis.spawn(aggregator(&polis)).await;
    let products =
        polis.get(&polis.sandbox("/control/insurers")).await.unwrap()[INSURER]["products"].as_object().unwrap().len()
            as f64;

    // Products and events by insurer.
    until("the products are counted", || async { of(&polis, "catalogue_products", &[]).await == products }).await;
    let added = || async { of(&polis, "catalogue_events_total", &[("kind", "added")]).await == products };
    until("an event is counted for each", added).await;
    polis.set_premium(INSURER, PRODUCT, "5001.00").await;
    until("a change is counted", || async {
        of(&polis, "catalogue_events_total", &[("kind", "changed")]).await == 1.0
    })
    .await;
    // The time of answers by insurer, protocol and outcome, as a histogram.
    let calls = async |outcome: &str, part: &str, more: &[(&str, &str)]| {
        let labels = [&[("protocol", "xlsx-http"), ("outcome", outcome)], more].concat();
        of(&polis, &format!("poller_call_seconds_{part}"), &labels).await
    };
    until("answers are timed", || async {
        calls("whole", "count", &[]).await >= 2.0 && calls("not-modified", "count", &[]).await >= 1.0
    })
    .await;
    assert!(calls("whole", "sum", &[]).await > 0.0);
    assert!(calls("whole", "bucket", &[("le", "60")]).await >= 2.0);

    // Errors by kind, and the age of the last good poll.
    let good = of(&polis, "poller_last_good_timestamp_seconds", &[]).await;
    assert!((now() - good).abs() < 60.0, "{good}");
    polis.set_fault(INSURER, Some(json!({ "kind": "status", "status": 500 }))).await;
    until("errors are counted", || async { of(&polis, "poller_errors_total", &[("kind", "status")]).await >= 2.0 })
        .await;
    assert!(calls("status", "count", &[]).await >= 2.0);
    let last = of(&polis, "poller_last_good_timestamp_seconds", &[]).await;
    until("it fails again", || async { of(&polis, "poller_errors_total", &[("kind", "status")]).await >= 4.0 }).await;
    assert_eq!(of(&polis, "poller_last_good_timestamp_seconds", &[]).await, last, "what fails is not good");
    polis.set_fault(INSURER, None).await;
    until("it is good again", || async { of(&polis, "poller_last_good_timestamp_seconds", &[]).await > last }).await;

    // What waits in the outbox, and for how long.
    let kafka = polis.stack.kafka_process().unwrap();
    until("everything is sent", || async { outbox(&polis, "relay_unsent_rows").await == 0.0 }).await;
    halt(kafka, Signal::SIGKILL).await;
    polis.set_premium(INSURER, PRODUCT, "5002.00").await;
    until("it waits", || async {
        outbox(&polis, "relay_unsent_rows").await == 1.0 && outbox(&polis, "relay_oldest_unsent_seconds").await > 1.0
    })
    .await;
    resume(kafka).await;
    until("it is sent", || async {
        outbox(&polis, "relay_unsent_rows").await == 0.0 && outbox(&polis, "relay_oldest_unsent_seconds").await == 0.0
    })
    .await;

    // An aggregator that begins anew and meets no change knows how many products there are.
    halt(&process, Signal::SIGTERM).await;
    resume(&process).await;
    until("it says so again", || async { of(&polis, "catalogue_products", &[]).await == products }).await;
    assert_eq!(of(&polis, "catalogue_events_total", &[("kind", "added")]).await, 0.0);
    polis.stop().await;
}
