//! Insurers that answer nonsense: the last good catalogue stays, the error is counted by insurer and field, and
//! nothing else stops. Records that are no events: dead letters, and the partition goes on.

use std::collections::BTreeMap;

use polis_proto::partition_of;
use rskafka::client::ClientBuilder;
use rskafka::client::partition::{Compression, UnknownTopicHandling};
use rskafka::record::Record;
use serde_json::{Value, json};

use super::polis::{Polis, until};

const TOPIC: &str = "polis.catalogue.product-events.v1";

async fn errors(polis: &Polis, kind: &str, field: &str) -> f64 {
    let address = format!("http://127.0.0.1:{}/metrics", polis.services.ports.aggregator_admin);
    let text = polis.http.get(address).send().await.unwrap().text().await.unwrap();
    let wanted = [format!("kind=\"{kind}\""), format!("field=\"{field}\""), "insurer=\"volga-garant\"".to_owned()];
    let line =
        text.lines().find(|l| l.starts_with("poller_errors_total") && wanted.iter().all(|part| l.contains(part)));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0.0)
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_changes_nothing_and_stops_nothing() {
    let polis = Polis::start().await;
    let before = polis.on_page().await;
    let faults: [(Value, &str, &str); 10] = [
        (json!({ "kind": "missing-price" }), "field", "premium"),
        (json!({ "kind": "negative-premium" }), "field", "premium"),
        (json!({ "kind": "unknown-currency" }), "field", "currency"),
        (json!({ "kind": "duplicate-id" }), "field", "product_id"),
        (json!({ "kind": "encoding" }), "malformed", ""),
        (json!({ "kind": "truncated" }), "malformed", ""),
        (json!({ "kind": "html" }), "malformed", ""),
        (json!({ "kind": "large", "megabytes": 50 }), "malformed", ""),
        (json!({ "kind": "status", "status": 503 }), "status", ""),
        (json!({ "kind": "slow", "seconds": 6 }), "timed-out", ""),
    ];
    for (at, (fault, kind, field)) in faults.into_iter().enumerate() {
        let counted = errors(&polis, kind, field).await;
        polis.set_fault("volga-garant", Some(fault.clone())).await;
        until(&format!("{fault} is counted"), || async { errors(&polis, kind, field).await > counted }).await;
        // Another insurer goes on meanwhile.
        let premium = format!("{}.00", 2000 + at);
        polis.set_premium("ural-polis", "ural-travel-1", &premium).await;
        until("another insurer goes on", || async { polis.premium("ural-polis", "ural-travel-1").await == premium })
            .await;
        polis.set_fault("volga-garant", None).await;
        polis.set_premium("volga-garant", "volga-travel-1", &premium).await;
        until(&format!("it heals after {fault}"), || async {
            polis.premium("volga-garant", "volga-travel-1").await == premium
        })
        .await;
    }

    // An empty catalogue is held, not believed.
    polis.set_fault("volga-garant", Some(json!({ "kind": "empty" }))).await;
    until("the catalogue is held", || async {
        polis.aggregator_count("select count(*) from held_catalogues where insurer_id = 'volga-garant'").await == 1
    })
    .await;
    let now = polis.on_page().await;
    assert_eq!(now.keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>(), "nothing was withdrawn or added");
    polis.set_fault("volga-garant", None).await;
    until("it is released when the insurer is whole again", || async {
        polis.aggregator_count("select count(*) from held_catalogues").await == 0
    })
    .await;
    let log = std::fs::read_to_string(polis.stack.log_of("ins-product-aggregator")).unwrap();
    for part in [
        "volga-garant",
        "field premium",
        "is negative",
        "not a currency",
        "twice",
        "larger than",
        "is not UTF-8",
        "a web page",
    ] {
        assert!(log.contains(part), "the log does not say {part:?}");
    }
    a_record_that_is_no_event_is_a_dead_letter(&polis).await;
    polis.stop().await;
}

async fn a_record_that_is_no_event_is_a_dead_letter(polis: &Polis) {
    let key = "ural-polis/ural-nonsense";
    let partition = partition_of(key.as_bytes(), 12).0;
    let client = ClientBuilder::new(vec![polis.stack.addresses().kafka.clone()]).build().await.unwrap();
    let client = client.partition_client(TOPIC, partition, UnknownTopicHandling::Error).await.unwrap();
    let text = |text: &str| text.as_bytes().to_vec();
    let headers = BTreeMap::from([
        ("ce_specversion".to_owned(), text("1.0")),
        ("ce_id".to_owned(), text(&uuid::Uuid::new_v4().to_string())),
        ("ce_source".to_owned(), text("/somebody")),
        ("ce_type".to_owned(), text("polis.catalogue.v1.ProductEvent")),
        ("ce_time".to_owned(), text("2026-11-23T00:00:00Z")),
    ]);
    let nonsense = Record { key: Some(text(key)), value: Some(vec![0xff; 40]), headers, timestamp: chrono::Utc::now() };
    let bare = Record { key: Some(text(key)), value: None, headers: BTreeMap::new(), timestamp: chrono::Utc::now() };
    client.produce(vec![nonsense, bare], Compression::NoCompression).await.unwrap();
    until("both are dead letters", || async { polis.core_count("select count(*) from dead_letters").await == 2 }).await;
    let reasons = "select count(*) from dead_letters where cause = 'decode' and (reason like '%ProductEvent%' or reason like '%ce_specversion%')";
    assert_eq!(polis.core_count(reasons).await, 2);
    // Some product of the same partition: what follows in it is applied.
    let page = polis.on_page().await;
    let neighbour = page.keys().find(|(insurer, product)| {
        insurer != "vandelay" && partition_of(format!("{insurer}/{product}").as_bytes(), 12).0 == partition
    });
    let (insurer, product) = neighbour.expect("the sandbox has a product in every partition");
    polis.set_premium(insurer, product, "3333.00").await;
    until("the partition goes on", || async { polis.premium(insurer, product).await == "3333.00" }).await;
}
