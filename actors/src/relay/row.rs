//! A row of an outbox, and the Kafka record it becomes.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use jiff::Timestamp;
use polis_proto::{Envelope, EventId, Seq};
use rskafka::record::Record;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use tokio_postgres::types::Json;
use uuid::Uuid;

use super::RelayError;

/// What the `headers` column holds: the CloudEvents attributes that are not columns, and the trace context.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StoredHeaders {
    /// `ce_source`.
    pub source: String,
    /// Span that wrote the row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// Trace state of that span.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracestate: Option<String>,
}

/// An unsent row.
#[derive(Clone, Debug)]
pub(crate) struct Unsent {
    pub(crate) seq: Seq,
    pub(crate) topic: String,
    pub(crate) key: String,
    pub(crate) created_at: Timestamp,
    pub(crate) envelope: Envelope,
}

/// A row as read: sent rows only close the sequence.
#[expect(clippy::large_enum_variant, reason = "moved once, and nearly always the large one")]
pub(crate) enum Read {
    Sent(Seq),
    Unsent(Unsent),
}

impl Read {
    pub(crate) fn seq(&self) -> Seq {
        match self {
            Self::Sent(seq) => *seq,
            Self::Unsent(row) => row.seq,
        }
    }

    pub(crate) fn from_row(row: &Row) -> Result<Self, RelayError> {
        let seq = Seq(row.get(0));
        if row.get(1) {
            return Ok(Self::Sent(seq));
        }
        let (id, key, created_at): (Uuid, String, Timestamp) = (row.get(2), row.get(4), row.get(8));
        let headers: Json<StoredHeaders> = row
            .try_get(7)
            .map_err(|error| RelayError::Headers { seq: seq.0, source: serde::de::Error::custom(error) })?;
        let payload: &[u8] = row.get(6);
        Ok(Self::Unsent(Unsent {
            seq,
            topic: row.get(3),
            created_at,
            envelope: Envelope {
                id: EventId(id),
                source: headers.0.source,
                kind: row.get(5),
                time: created_at,
                subject: key.clone(),
                traceparent: headers.0.traceparent,
                tracestate: headers.0.tracestate,
                data: Bytes::copy_from_slice(payload),
            },
            key,
        }))
    }
}

impl Unsent {
    /// Size on the wire, a little more than exact.
    pub(crate) fn size(&self) -> usize {
        const HEADERS: usize = 400;
        self.envelope.data.len() + self.key.len() + HEADERS
    }

    /// The record, with the trace context of the span that produces it.
    pub(crate) fn record(&self, traceparent: Option<String>, now: DateTime<Utc>) -> Record {
        let mut headers = self.envelope.to_headers();
        if let Some(traceparent) = traceparent {
            headers.insert("traceparent".to_owned(), traceparent.into_bytes());
        }
        Record {
            key: Some(self.key.clone().into_bytes()),
            value: Some(self.envelope.data.to_vec()),
            headers,
            timestamp: now,
        }
    }
}
