//! Events of the size and shape that real ones have.

use std::collections::BTreeMap;

use polis_proto::catalogue::v1::{ChangeKind, Product, ProductEvent, Tariff};
use polis_proto::google_type::{Date, Money};
use polis_proto::policies::v1::{Policy, PolicyEvent, PolicyEventKind};
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

/// A record with an event of a policy: issued, or cancelled at the step after.
pub(crate) fn policy(policy: usize, step: usize, products: usize) -> Record {
    let now = Some(timestamp::to_wire(jiff::Timestamp::now()));
    let money = |units| Some(Money { currency_code: "RUB".to_owned(), units, nanos: 0 });
    let day = |year| Some(Date { year, month: 11, day: 25 });
    let number = format!("PL-{policy:010}");
    let cancelled = step > 0;
    let state = Policy {
        policy_number: number.clone(),
        application_id: uuid::Uuid::from_u128(policy as u128).to_string(),
        revision: i64::try_from(step).unwrap_or_default() + 1,
        insurer_id: "insurer".to_owned(),
        product_id: format!("product-{}", policy % products),
        product_revision: 1,
        tariff_id: "base".to_owned(),
        tariff_version: 1,
        line: "travel".to_owned(),
        premium: money(1001),
        starts_on: day(2026),
        ends_on: day(2027),
        issued_at: now.filter(|_| !cancelled),
        cancelled_from: day(2026).filter(|_| cancelled),
        refund: money(1001).filter(|_| cancelled),
    };
    let kind = if cancelled { PolicyEventKind::Cancelled } else { PolicyEventKind::Issued };
    let event = PolicyEvent { kind: kind.into(), policy: Some(state), occurred_at: now };
    envelope_record(&number, "polis.policies.v1.PolicyEvent", event.encode_to_vec())
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
