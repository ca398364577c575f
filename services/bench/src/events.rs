//! Events of the size and shape that real ones have.

use std::collections::BTreeMap;

use polis_proto::catalogue::v1::{ChangeKind, Product, ProductEvent, Tariff};
use polis_proto::google_type::Money;
use polis_proto::{Envelope, EventId, timestamp};
use prost::Message;
use rskafka::record::Record;

/// Bytes of a payload whose content does not matter.
pub(crate) const PAYLOAD: usize = 300;

/// A record with all headers and a payload whose content does not matter.
pub(crate) fn record(n: usize) -> Record {
    envelope_record(&format!("insurer/{}", n % 5000), "polis.catalogue.v1.ProductEvent", vec![0xab; PAYLOAD])
}

/// A record with the event of a product's revision.
pub(crate) fn product(product: usize, revision: i64) -> Record {
    let now = Some(timestamp::to_wire(jiff::Timestamp::now()));
    let premium = Some(Money { currency_code: "RUB".to_owned(), units: 1000 + revision, nanos: 0 });
    let tariff = Tariff {
        tariff_id: "base".to_owned(),
        version: revision,
        name: "Base".to_owned(),
        premium,
        known_from: now,
        ..Tariff::default()
    };
    let id = format!("product-{product}");
    let state = Product {
        insurer_id: "insurer".to_owned(),
        insurer_name: "Insurer".to_owned(),
        product_id: id.clone(),
        revision,
        line: "travel".to_owned(),
        name: "Trip".to_owned(),
        description: "Medical help and luggage abroad".to_owned(),
        url: "https://insurer.example/trip".to_owned(),
        tariffs: vec![tariff],
        withdrawn: false,
    };
    let event = ProductEvent {
        kind: ChangeKind::Changed.into(),
        product: Some(state),
        changes: Vec::new(),
        observed_at: now,
        snapshot: false,
    };
    envelope_record(&format!("insurer/{id}"), "polis.catalogue.v1.ProductEvent", event.encode_to_vec())
}

fn envelope_record(key: &str, kind: &str, data: Vec<u8>) -> Record {
    let envelope = Envelope {
        id: EventId::generate(),
        source: "/bench".to_owned(),
        kind: kind.to_owned(),
        time: jiff::Timestamp::now(),
        subject: key.to_owned(),
        traceparent: None,
        tracestate: None,
        data: bytes::Bytes::new(),
    };
    let headers: BTreeMap<_, _> = envelope.to_headers();
    Record { key: Some(key.as_bytes().to_vec()), value: Some(data), headers, timestamp: chrono::Utc::now() }
}
