//! Sorting fetched records into events and dead letters.

use std::collections::{BTreeMap, HashSet};
use std::time::SystemTime;

use bytes::Bytes;
use jiff::Timestamp;
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use polis_proto::{Envelope, Offset};
use rskafka::record::{Record, RecordAndOffset};
use uuid::Uuid;

use super::{Incoming, Projection};
use crate::runtime::guard;
use crate::telemetry::trace::{OpenSpan, Parent};

/// A record that is set aside, whole.
#[derive(Debug)]
pub(crate) struct DeadLetter {
    pub(crate) offset: Offset,
    pub(crate) key: String,
    pub(crate) event_id: Option<Uuid>,
    pub(crate) headers: serde_json::Value,
    pub(crate) value: Option<Bytes>,
    pub(crate) time: Timestamp,
    pub(crate) cause: &'static str,
    pub(crate) reason: String,
}

/// A record in its place within the partition.
pub(crate) enum Item<E> {
    Event { incoming: Incoming<E>, key: String, record: Kept, _spans: Option<Spans> },
    Dead(DeadLetter),
}

/// What is needed to make a dead letter of an event later on.
pub(crate) struct Kept {
    pub(crate) headers: BTreeMap<String, Vec<u8>>,
    pub(crate) time: Timestamp,
}

/// The spans of one event. They end when the batch has been applied.
pub(crate) struct Spans {
    pub(crate) _consume: OpenSpan,
    pub(crate) _apply: OpenSpan,
}

impl<E> Item<E> {
    pub(crate) fn offset(&self) -> Offset {
        match self {
            Self::Event { incoming, .. } => incoming.offset,
            Self::Dead(dead) => dead.offset,
        }
    }
}

/// Sorts records. One that cannot be decoded is a dead letter; so is every record of a key that has one parked.
pub(crate) fn sort<P: Projection>(
    projection: &P, consumer: &str, records: Vec<RecordAndOffset>, parked: &HashSet<String>,
) -> Vec<Item<P::Event>> {
    let fetched = SystemTime::now();
    records.into_iter().map(|record| item(projection, consumer, record, parked, fetched)).collect()
}

fn item<P: Projection>(
    projection: &P, consumer: &str, record: RecordAndOffset, parked: &HashSet<String>, fetched: SystemTime,
) -> Item<P::Event> {
    let offset = Offset(record.offset);
    let Record { key, value, headers, timestamp } = record.record;
    let key = storable(&String::from_utf8_lossy(&key.unwrap_or_default()));
    let value = value.map(Bytes::from);
    let time = Timestamp::from_millisecond(timestamp.timestamp_millis()).unwrap_or_default();
    let kept = Kept { headers, time };
    let envelope = match Envelope::from_record(&kept.headers, value.clone()) {
        Ok(envelope) => envelope,
        Err(error) => return Item::Dead(dead(offset, key, None, &kept, value, "decode", error.to_string())),
    };
    let id = Some(envelope.id.0);
    if parked.contains(&key) {
        let reason = "an earlier record of this key is parked".to_owned();
        return Item::Dead(dead(offset, key, id, &kept, value, "behind", reason));
    }
    let event = match guard(|| projection.decode(&envelope)) {
        Ok(Ok(event)) => event,
        Ok(Err(reason)) => return Item::Dead(dead(offset, key, id, &kept, value, "decode", reason)),
        Err(panic) => return Item::Dead(dead(offset, key, id, &kept, value, "panicked", panic.to_string())),
    };
    let spans = spans(&envelope, consumer, offset, timestamp.into(), fetched);
    let traceparent = spans.as_ref().and_then(|spans| spans._apply.traceparent());
    Item::Event { incoming: Incoming { offset, envelope, event, traceparent }, key, record: kept, _spans: spans }
}

pub(crate) fn dead(
    offset: Offset, key: String, event_id: Option<Uuid>, kept: &Kept, value: Option<Bytes>, cause: &'static str,
    reason: String,
) -> DeadLetter {
    let text = |bytes: &Vec<u8>| serde_json::Value::from(storable(&String::from_utf8_lossy(bytes)));
    let headers = kept.headers.iter().map(|(name, value)| (storable(name), text(value))).collect();
    let reason = storable(&reason);
    DeadLetter { offset, key, event_id, headers, value, time: kept.time, cause, reason }
}

/// PostgreSQL's text has no NUL; a record that has one must still find its place among the dead letters.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Time in Kafka, then the consumption that ends with the batch, and in it the application.
fn spans(
    envelope: &Envelope, consumer: &str, offset: Offset, produced: SystemTime, fetched: SystemTime,
) -> Option<Spans> {
    let parent = Parent::parse(envelope.traceparent.as_deref()?)?;
    let waited = parent.span("kafka.wait", SpanKind::Internal, produced.min(fetched), Vec::new());
    let parent = waited.as_parent()?;
    waited.end_at(fetched);
    let attributes = vec![
        KeyValue::new("messaging.system", "kafka"),
        KeyValue::new("messaging.consumer.group.name", consumer.to_owned()),
        KeyValue::new("messaging.kafka.offset", offset.0),
        KeyValue::new("messaging.message.id", envelope.id.to_string()),
    ];
    let consume = parent.span("consume", SpanKind::Consumer, fetched, attributes);
    let apply = consume.as_parent()?.span("apply", SpanKind::Internal, SystemTime::now(), Vec::new());
    Some(Spans { _consume: consume, _apply: apply })
}
