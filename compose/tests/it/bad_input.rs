//! Insurers that answer nonsense: the last good catalogue stays, the error is counted by insurer and field, and
//! nothing else stops. Records that are no events: dead letters, and the partition goes on.

use std::collections::BTreeMap;

use polis_proto::partition_of;
use rskafka::client::ClientBuilder;
use rskafka::client::partition::{Compression, UnknownTopicHandling};
use rskafka::record::Record;
use serde_json::{Value, json};

use super::metrics::{self, value};
use super::polis::{Polis, until};

const TOPIC: &str = "polis.catalogue.product-events.v1";

/// One insurer of each protocol, with a product.
const ILL: [(&str, &str); 9] = [
    ("volga-garant", "volga-travel-1"),
    ("sibir-zashchita", "sibir-travel-1"),
    ("neva-strakhovanie", "neva-travel-1"),
    ("baltika-polis", "baltika-travel-1"),
    ("yenisei-polis", "yenisei-travel-1"),
    ("amur-garantiya", "amur-travel-1"),
    ("kama-strakh", "kama-travel-1"),
    ("dvina-strakh", "dvina-travel-1"),
    ("lena-garantiya", "lena-travel-1"),
];

/// Errors of that kind counted for each of them.
async fn errors(polis: &Polis, kind: &str) -> Vec<f64> {
    let metrics = metrics::of(polis, polis.aggregator("/metrics")).await;
    let of = |(insurer, _): &(&str, &str)| {
        value(&metrics, "poller_errors_total", &[("insurer", insurer), ("kind", kind)]).unwrap_or(0.0)
    };
    ILL.iter().map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_changes_nothing_and_stops_nothing() {
    let polis = Polis::start().await;
    let before = polis.on_page().await;
    // Those that every protocol can suffer.
    let faults: [(Value, &str); 11] = [
        (json!({ "kind": "negative-premium" }), "field"),
        (json!({ "kind": "unknown-currency" }), "field"),
        (json!({ "kind": "duplicate-id" }), "field"),
        (json!({ "kind": "encoding" }), "malformed"),
        (json!({ "kind": "truncated" }), "malformed"),
        (json!({ "kind": "cut" }), "malformed"),
        (json!({ "kind": "html" }), "malformed"),
        (json!({ "kind": "large", "megabytes": 50 }), "malformed"),
        (json!({ "kind": "status", "status": 500 }), "status"),
        (json!({ "kind": "slow", "seconds": 6 }), "timed-out"),
        (json!({ "kind": "hang" }), "timed-out"),
    ];
    for (at, (fault, kind)) in faults.into_iter().enumerate() {
        let (counted, page) = (errors(&polis, kind).await, polis.on_page().await);
        for (insurer, _) in ILL {
            polis.set_fault(insurer, Some(fault.clone())).await;
        }
        until(&format!("{fault} is counted for each"), || async {
            errors(&polis, kind).await.iter().zip(&counted).all(|(now, before)| now > before)
        })
        .await;
        // Another insurer goes on meanwhile, and of the others everything stays. The page shows the lowest tariff.
        let premium = format!("{}.00", 1000 + at);
        polis.set_premium("ural-polis", "ural-travel-1", &premium).await;
        until("another insurer goes on", || async { polis.premium("ural-polis", "ural-travel-1").await == premium })
            .await;
        let ill = |(insurer, _): &(&(String, String), &Value)| insurer.0 != "ural-polis";
        let now = polis.on_page().await;
        assert!(now.iter().filter(ill).eq(page.iter().filter(ill)), "{fault} has changed a catalogue");
        for (insurer, product) in ILL {
            polis.set_fault(insurer, None).await;
            polis.set_premium(insurer, product, &premium).await;
        }
        for (insurer, product) in ILL {
            until(&format!("{insurer} heals after {fault}"), || async {
                polis.premium(insurer, product).await == premium
            })
            .await;
        }
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
