//! Sorting fetched records into events and dead letters.

use std::collections::BTreeMap;
use std::time::SystemTime;

use bytes::Bytes;
use jiff::Timestamp;
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use polis_proto::{Envelope, Offset};
use rskafka::record::{Record, RecordAndOffset};
use uuid::Uuid;

use super::parked::Parked;
use super::{Incoming, Projection};
use crate::runtime::guard;
use crate::telemetry::trace::{OpenSpan, Parent};

/// The record is no event, or not one that is understood.
pub(crate) const DECODE: &str = "decode";
/// Its effects can never be applied.
pub(crate) const REJECTED: &str = "rejected";
/// The code that applies it panicked.
pub(crate) const PANICKED: &str = "panicked";
/// Something is missing that other events will bring.
pub(crate) const WAITING: &str = "waiting";
/// An earlier record of its key is set aside.
pub(crate) const BEHIND: &str = "behind";

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

    /// The same record, set aside. One that is set aside already stays as it is.
    pub(crate) fn into_dead(self, cause: &'static str, reason: &str) -> Self {
        match self {
            Self::Event { incoming, key, record, .. } => {
                let (id, data) = (incoming.envelope.id.0, incoming.envelope.data);
                Self::Dead(dead(incoming.offset, key, Some(id), &record, Some(data), cause, reason.to_owned()))
            }
            dead @ Self::Dead(_) => dead,
        }
    }

    /// The same record, behind an earlier one of its key.
    pub(crate) fn into_behind(self) -> Self {
        self.into_dead(BEHIND, "an earlier record of this key is set aside")
    }
}

impl DeadLetter {
    /// Whether it failed by itself, not because of an earlier record of its key.
    pub(crate) fn is_head(&self) -> bool {
        self.cause != BEHIND
    }

    /// The record that it was.
    fn into_record(self) -> RecordAndOffset {
        record(self.offset.0, &self.key, &self.headers, self.value.map(Vec::from), self.time)
    }
}

/// A record as it was consumed, from what was kept of it.
pub(crate) fn record(
    offset: i64, key: &str, headers: &serde_json::Value, value: Option<Vec<u8>>, time: Timestamp,
) -> RecordAndOffset {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().as_bytes().to_vec();
    let headers = headers.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect();
    let timestamp = chrono::DateTime::from_timestamp_millis(time.as_millisecond()).unwrap_or_default();
    let record = Record { key: Some(key.as_bytes().to_vec()), value, headers, timestamp };
    RecordAndOffset { record, offset }
}

/// Sorts records. One that cannot be decoded is a dead letter; so is every record of a key that has one parked.
pub(crate) fn sort<P: Projection>(
    projection: &P, consumer: &str, records: Vec<RecordAndOffset>, parked: &Parked,
) -> Vec<Item<P::Event>> {
    let fetched = SystemTime::now();
    records.into_iter().map(|record| item(projection, consumer, record, parked, fetched)).collect()
}

/// Sorts items once more, after some keys have come free.
pub(crate) fn sort_again<P: Projection>(
    projection: &P, consumer: &str, items: Vec<Item<P::Event>>, parked: &Parked,
) -> Vec<Item<P::Event>> {
    let fetched = SystemTime::now();
    let again = |item| match item {
        Item::Dead(letter) if !letter.is_head() && !parked.contains(&letter.key) => {
            self::item(projection, consumer, letter.into_record(), parked, fetched)
        }
        item => item,
    };
    items.into_iter().map(again).collect()
}

fn item<P: Projection>(
    projection: &P, consumer: &str, record: RecordAndOffset, parked: &Parked, fetched: SystemTime,
) -> Item<P::Event> {
    let offset = Offset(record.offset);
    let Record { key, value, headers, timestamp } = record.record;
    let key = storable(&String::from_utf8_lossy(&key.unwrap_or_default()));
    let value = value.map(Bytes::from);
    let time = Timestamp::from_millisecond(timestamp.timestamp_millis()).unwrap_or_default();
    let kept = Kept { headers, time };
    let envelope = match Envelope::from_record(&kept.headers, value.clone()) {
        Ok(envelope) => envelope,
        Err(error) => return Item::Dead(dead(offset, key, None, &kept, value, DECODE, error.to_string())),
    };
    let id = Some(envelope.id.0);
    if parked.contains(&key) {
        let reason = "an earlier record of this key is set aside".to_owned();
        return Item::Dead(dead(offset, key, id, &kept, value, BEHIND, reason));
    }
    let event = match guard(|| projection.decode(&envelope)) {
        Ok(Ok(event)) => event,
        Ok(Err(reason)) => return Item::Dead(dead(offset, key, id, &kept, value, DECODE, reason)),
        Err(panic) => return Item::Dead(dead(offset, key, id, &kept, value, PANICKED, panic.to_string())),
    };
    let spans = spans(&envelope, consumer, offset, timestamp.into(), fetched);
    let traceparent = spans.as_ref().and_then(|spans| spans._apply.traceparent());
    Item::Event { incoming: Incoming { offset, envelope, event, traceparent }, key, record: kept, _spans: spans }
}

fn dead(
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
