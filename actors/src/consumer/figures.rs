//! What a consumer tells of itself in numbers.

use std::collections::HashMap;
use std::time::SystemTime;

use super::apply::Fresh;
use super::batch::{DeadLetter, Item};
use super::parked::Parked;
use super::place::Place;

impl Place {
    fn labels(&self) -> [(&'static str, String); 2] {
        [("consumer", self.consumer.clone()), ("topic", self.topic.clone())]
    }

    fn labels_and(&self, name: &'static str, value: &str) -> [(&'static str, String); 3] {
        let [consumer, topic] = self.labels();
        [consumer, topic, (name, value.to_owned())]
    }
}

/// The last part of a type of events.
fn short(kind: &str) -> &str {
    kind.rsplit('.').next().unwrap_or(kind)
}

impl DeadLetter {
    /// What kind of event it is. Nothing that is no event makes a series of its own.
    fn kind(&self) -> &str {
        match (&self.event_id, self.headers["ce_type"].as_str()) {
            (Some(_), Some(kind)) => short(kind),
            _ => "none",
        }
    }
}

/// Events that had their effects, by the last part of their type, and those that came again.
pub(crate) fn applied<E>(place: &Place, part: &[Item<E>], fresh: &Fresh) {
    let mut kinds: HashMap<&str, u64> = HashMap::new();
    let mut events = 0;
    for item in part {
        let Item::Event { incoming, .. } = item else { continue };
        events += 1;
        if fresh.has(incoming) {
            *kinds.entry(short(&incoming.envelope.kind)).or_default() += 1;
        }
    }
    for (kind, count) in kinds {
        metrics::counter!("consumer_applied_total", &place.labels_and("kind", kind)).increment(count);
    }
    let again = events - fresh.len();
    metrics::counter!("consumer_duplicates_total", &place.labels()).increment(again as u64);
}

/// A record is set aside. One that needs nobody, because it comes free by itself, is no error.
pub(crate) fn set_aside(place: &Place, letter: &DeadLetter, waits: bool) {
    if waits {
        metrics::counter!("consumer_waiting_total", &place.labels()).increment(1);
        tracing::debug!(
            consumer = place.consumer,
            topic = place.topic,
            partition = place.partition,
            offset = letter.offset.0,
            key = letter.key,
            reason = letter.reason,
            "record waits"
        );
        return;
    }
    tracing::error!(
        consumer = place.consumer,
        topic = place.topic,
        partition = place.partition,
        offset = letter.offset.0,
        key = letter.key,
        cause = letter.cause,
        reason = letter.reason,
        "record set aside as a dead letter"
    );
    let [consumer, topic, cause] = place.labels_and("cause", letter.cause);
    let kind = ("kind", letter.kind().to_owned());
    metrics::counter!("consumer_dead_letters_total", &[consumer, topic, kind, cause]).increment(1);
}

/// Something that should pass by itself is tried again.
pub(crate) fn retried(place: &Place) {
    metrics::counter!("consumer_retries_total", &place.labels()).increment(1);
}

/// Records that were applied later, or again.
pub(crate) fn replayed(place: &Place, count: usize) {
    metrics::counter!("consumer_replayed_total", &place.labels()).increment(count as u64);
}

/// What only the owner of a partition knows. Nothing once it is not ours any more: the next owner says it.
pub(crate) struct Gauges {
    labels: [(&'static str, String); 3],
    /// When the oldest record came that is not applied.
    oldest: Option<SystemTime>,
}

impl Gauges {
    pub(crate) fn of(place: &Place) -> Self {
        Self { labels: place.labels_and("partition", &place.partition.to_string()), oldest: None }
    }

    /// How many records are not applied, and when the oldest of them came.
    pub(crate) fn behind(&mut self, records: i64, oldest: Option<SystemTime>) {
        metrics::gauge!("consumer_lag_records", &self.labels).set(records.max(0) as f64);
        self.oldest = oldest;
        self.tell_age();
    }

    /// The age grows while nothing comes through.
    pub(crate) fn tell_age(&self) {
        let age = self.oldest.map_or(0.0, |oldest| oldest.elapsed().unwrap_or_default().as_secs_f64());
        metrics::gauge!("consumer_lag_seconds", &self.labels).set(age);
    }

    pub(crate) fn parked(&self, parked: &Parked) {
        metrics::gauge!("consumer_parked_keys", &self.labels).set(parked.stuck() as f64);
        metrics::gauge!("consumer_waiting_keys", &self.labels).set(parked.waiting() as f64);
    }
}

impl Drop for Gauges {
    fn drop(&mut self) {
        self.behind(0, None);
        self.parked(&Parked::default());
    }
}
