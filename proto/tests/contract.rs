//! Bytes on the wire must not change: what an old consumer has learnt to read, a new producer still writes.
#![allow(clippy::unwrap_used, reason = "a crate of tests: what fails, fails the test")]

use bytes::Bytes;
use polis_proto::catalogue::v1::{ChangeKind, FieldChange, Product, ProductEvent, Tariff};
use polis_proto::google_type::{Date, Money};
use polis_proto::payments::v1::{PaymentRequest, PaymentRequestKind};
use polis_proto::policies::v1::{Policy, PolicyEvent, PolicyEventKind};
use polis_proto::runtime::v1::{Actor, LastEnd, TreeReport};
use polis_proto::sales::v1::application_event::Event;
use polis_proto::sales::v1::{
    ApplicationEvent, Cancelled, Confirmed, Deadline, Expired, PaymentFailed, PaymentRequested, PaymentStarted,
    PaymentSucceeded, Quoted, RefundRequested, Refunded, Rejected, Reserved, Submitted, Words,
};
use polis_proto::{Envelope, EnvelopeError, EventId};
use prost::Message;
use uuid::Uuid;

fn time(seconds: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds, nanos: 5 })
}

fn product_event() -> ProductEvent {
    ProductEvent {
        kind: ChangeKind::Changed.into(),
        product: Some(Product {
            insurer_id: "severny-polyus".to_owned(),
            product_id: "OSAGO-1".to_owned(),
            revision: 7,
            line: "motor-liability".to_owned(),
            name: "ОСАГО".to_owned(),
            description: "Обязательное страхование".to_owned(),
            url: "https://severny-polyus.example/osago".to_owned(),
            tariffs: vec![Tariff {
                tariff_id: "base".to_owned(),
                version: 3,
                name: "Базовый".to_owned(),
                premium: Some(Money { currency_code: "RUB".to_owned(), units: 1234, nanos: 500_000_000 }),
                valid_from: Some(Date { year: 2026, month: 1, day: 1 }),
                valid_to: Some(Date { year: 2026, month: 12, day: 31 }),
                known_from: time(1_760_000_000),
                known_to: time(1_760_000_100),
            }],
            withdrawn: true,
            insurer_name: "Северный полюс".to_owned(),
        }),
        changes: vec![FieldChange {
            path: "tariffs[base].premium".to_owned(),
            before: Some("1200.00 RUB".to_owned()),
            after: Some("1234.50 RUB".to_owned()),
        }],
        observed_at: time(1_760_000_200),
        snapshot: true,
    }
}

fn tree_report() -> TreeReport {
    let child = Actor {
        name: "relay".to_owned(),
        kind: "relay".to_owned(),
        state: "running".to_owned(),
        since: time(1),
        incarnation: 2,
        restarts: 1,
        last_end: Some(LastEnd { kind: "failed".to_owned(), reason: "failed: x".to_owned(), at: time(2) }),
        health: "degraded".to_owned(),
        status: "broker down".to_owned(),
        mailbox_depth: 3,
        handled: 4,
        progress_age: Some(prost_types::Duration { seconds: 5, nanos: 6 }),
        leases: vec!["outbox/0".to_owned()],
        handling: "Wake".to_owned(),
        children: vec![],
    };
    TreeReport {
        service: "core-app".to_owned(),
        instance: "a1".to_owned(),
        taken_at: time(3),
        ready: true,
        not_ready: vec!["x".to_owned()],
        root: Some(Actor { name: "root".to_owned(), children: vec![child], ..Actor::default() }),
    }
}

/// Compares with the stored bytes. `POLIS_WRITE_GOLDEN=1` writes the file of a message that has none yet.
fn golden<M: Message + Default + PartialEq + std::fmt::Debug>(name: &str, message: &M) {
    let path = format!("{}/tests/golden/{name}.bin", env!("CARGO_MANIFEST_DIR"));
    let encoded = message.encode_to_vec();
    if std::env::var_os("POLIS_WRITE_GOLDEN").is_some() && !std::path::Path::new(&path).exists() {
        std::fs::write(&path, &encoded).unwrap();
    }
    let stored = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}; POLIS_WRITE_GOLDEN=1 makes it"));
    assert_eq!(encoded, stored, "{name}: the encoding changed; old consumers would misread it");
    assert_eq!(&M::decode(&*stored).unwrap(), message, "{name}: stored bytes read differently");
}

fn money(units: i64) -> Option<Money> {
    Some(Money { currency_code: "RUB".to_owned(), units, nanos: 0 })
}

const DAY: Option<Date> = Some(Date { year: 2026, month: 12, day: 31 });

fn policy_event() -> PolicyEvent {
    PolicyEvent {
        kind: PolicyEventKind::Cancelled.into(),
        policy: Some(Policy {
            policy_number: "PL-0000000018".to_owned(),
            application_id: "00000000-0000-0000-0000-000000000007".to_owned(),
            revision: 2,
            insurer_id: "severny-polyus".to_owned(),
            product_id: "OSAGO-1".to_owned(),
            product_revision: 7,
            tariff_id: "base".to_owned(),
            tariff_version: 3,
            premium: money(1234),
            starts_on: DAY,
            ends_on: DAY,
            issued_at: time(1_760_000_000),
            cancelled_from: DAY,
            refund: money(1000),
            line: "motor-liability".to_owned(),
        }),
        occurred_at: time(1_760_000_100),
    }
}

fn payment_request() -> PaymentRequest {
    PaymentRequest {
        kind: PaymentRequestKind::Refund.into(),
        application_id: "00000000-0000-0000-0000-000000000007".to_owned(),
        idempotency_key: "refund/pay-1".to_owned(),
        amount: money(1234),
        attempt: 2,
        description: "policy cancelled".to_owned(),
        deadline: time(1_760_000_100),
        payment_id: "pay-1".to_owned(),
    }
}

/// Stored for ever, so each kind has its bytes.
#[expect(deprecated, reason = "the first form of an event is read for ever")]
fn application_events() -> Vec<(&'static str, Event)> {
    let text = str::to_owned;
    let quoted = Quoted {
        insurer_id: text("severny-polyus"),
        insurer_name: text("Северный полюс"),
        product_id: text("OSAGO-1"),
        product_name: text("ОСАГО"),
        line: text("motor-liability"),
        product_revision: 7,
        tariff_id: text("base"),
        tariff_name: text("Базовый"),
        tariff_version: 3,
        premium: money(1234),
        starts_on: DAY,
        ends_on: DAY,
        valid_until: time(1_760_000_100),
    };
    let submitted = Submitted { person_id: text("p"), sealed: Bytes::from_static(b"sealed") };
    let words = Words { person_id: text("p"), sealed: Bytes::from_static(b"sealed") };
    let (payment_id, amount) = (text("pay-1"), money(1234));
    vec![
        ("Quoted", Event::Quoted(quoted)),
        ("Submitted", Event::Submitted(submitted)),
        ("Reserved", Event::Reserved(Reserved { until: time(1) })),
        (
            "PaymentRequested",
            Event::PaymentRequested(PaymentRequested { attempt: 1, amount: amount.clone(), deadline: time(2) }),
        ),
        (
            "PaymentStarted",
            Event::PaymentStarted(PaymentStarted { attempt: 1, payment_id: payment_id.clone(), url: text("u") }),
        ),
        (
            "PaymentSucceeded",
            Event::PaymentSucceeded(PaymentSucceeded {
                attempt: 1,
                payment_id: payment_id.clone(),
                amount: amount.clone(),
                learned_by: text("webhook"),
            }),
        ),
        (
            "PaymentFailed",
            Event::PaymentFailed(PaymentFailed {
                attempt: 1,
                payment_id: payment_id.clone(),
                reason: text("declined"),
                words: None,
            }),
        ),
        (
            "PaymentFailed.v2",
            Event::PaymentFailed(PaymentFailed {
                attempt: 1,
                payment_id: payment_id.clone(),
                words: Some(words.clone()),
                ..PaymentFailed::default()
            }),
        ),
        ("Confirmed", Event::Confirmed(Confirmed { policy_number: text("PL-0000000018") })),
        ("Rejected", Event::Rejected(Rejected { reason: text("amount differs") })),
        ("Expired", Event::Expired(Expired { what: text("payment"), ..Expired::default() })),
        ("Expired.v2", Event::Expired(Expired { deadline: Deadline::Payment.into(), ..Expired::default() })),
        ("Cancelled", Event::Cancelled(Cancelled { reason: text("wanted"), from: DAY, words: None })),
        ("Cancelled.v2", Event::Cancelled(Cancelled { from: DAY, words: Some(words), ..Cancelled::default() })),
        (
            "RefundRequested",
            Event::RefundRequested(RefundRequested {
                amount: amount.clone(),
                reason: text("paid too late"),
                payment_id: payment_id.clone(),
            }),
        ),
        ("Refunded", Event::Refunded(Refunded { refund_id: text("ref-1"), amount, payment_id })),
    ]
}

#[test]
fn golden_bytes() {
    golden("polis.policies.v1.PolicyEvent", &policy_event());
    golden("polis.payments.v1.PaymentRequest", &payment_request());
    for (name, event) in application_events() {
        golden(&format!("polis.sales.v1.{name}"), &ApplicationEvent { event: Some(event) });
    }
    golden("polis.catalogue.v1.ProductEvent", &product_event());
    golden("polis.runtime.v1.TreeReport", &tree_report());
}

#[test]
fn an_unknown_field_from_a_newer_producer_is_ignored() {
    let mut bytes = product_event().encode_to_vec();
    prost::encoding::string::encode(1999, &"from the future".to_owned(), &mut bytes);
    assert_eq!(ProductEvent::decode(&*bytes).unwrap(), product_event());
}

fn envelope() -> Envelope {
    Envelope {
        id: EventId(Uuid::from_u128(7)),
        source: "/ins-product-aggregator".to_owned(),
        kind: "polis.catalogue.v1.ProductEvent".to_owned(),
        time: "2026-11-01T10:00:00.123456Z".parse().unwrap(),
        subject: "severny-polyus/OSAGO-1".to_owned(),
        traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        tracestate: None,
        data: Bytes::from_static(b"payload"),
    }
}

#[test]
fn an_envelope_survives_the_record_it_travels_in() {
    let sent = envelope();
    let headers = sent.to_headers();
    assert_eq!(headers["ce_id"], b"00000000-0000-0000-0000-000000000007");
    assert_eq!(Envelope::from_record(&headers, Some(sent.data.clone())).unwrap(), sent);
}

#[test]
fn a_record_that_is_not_an_event_says_what_is_wrong_with_it() {
    let with = |change: fn(&mut std::collections::BTreeMap<String, Vec<u8>>)| {
        let mut headers = envelope().to_headers();
        change(&mut headers);
        Envelope::from_record(&headers, Some(Bytes::new())).unwrap_err()
    };
    assert_eq!(with(|h| drop(h.remove("ce_id"))), EnvelopeError::Missing("ce_id"));
    assert_eq!(
        with(|h| drop(h.insert("ce_id".to_owned(), b"seven".to_vec()))),
        EnvelopeError::Unusable { name: "ce_id", value: "seven".to_owned() }
    );
    assert_eq!(
        with(|h| drop(h.insert("content-type".to_owned(), b"application/json".to_vec()))),
        EnvelopeError::ContentType("application/json".to_owned())
    );
    assert!(matches!(with(|h| drop(h.insert("ce_type".to_owned(), vec![0xff]))), EnvelopeError::Unusable { .. }));
    assert_eq!(Envelope::from_record(&envelope().to_headers(), None), Err(EnvelopeError::NoValue));
}
