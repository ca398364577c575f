//! A row of an outbox, and the Kafka record it becomes.

use chrono::{DateTime, Utc};
use jiff::Timestamp;
use polis_proto::{Attributes, EventId, Seq};
use rskafka::record::Record;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use crate::runtime::error_text;

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

/// An unsent row, where the connection has read it: its columns are copied once, into the record.
#[derive(Debug)]
pub(crate) struct Unsent {
    pub(crate) seq: Seq,
    pub(crate) created_at: Timestamp,
    pub(crate) headers: StoredHeaders,
    row: Row,
}

/// A row as read.
pub(crate) enum Read {
    /// It only closes the sequence.
    Sent(Seq),
    Unsent(Unsent),
    /// Its headers were not written by us.
    Unreadable(Refused),
}

/// A row that will never be sent as it is.
pub(crate) struct Refused {
    pub(crate) seq: Seq,
    pub(crate) key: String,
    pub(crate) reason: String,
}

impl Read {
    pub(crate) fn from_row(row: Row) -> Self {
        let seq = Seq(row.get(0));
        if row.get(1) {
            return Self::Sent(seq);
        }
        match row.try_get::<_, Json<StoredHeaders>>(7) {
            Ok(Json(headers)) => Self::Unsent(Unsent { seq, created_at: row.get(8), headers, row }),
            Err(error) => {
                let reason = format!("column headers: {}", error_text(&error));
                Self::Unreadable(Refused { seq, key: row.get(4), reason })
            }
        }
    }
}

impl Unsent {
    pub(crate) fn id(&self) -> EventId {
        EventId(self.row.get(2))
    }

    pub(crate) fn topic(&self) -> &str {
        self.row.get(3)
    }

    pub(crate) fn key(&self) -> &str {
        self.row.get(4)
    }

    fn payload(&self) -> &[u8] {
        self.row.get(6)
    }

    pub(crate) fn refused(&self, reason: String) -> Refused {
        Refused { seq: self.seq, key: self.key().to_owned(), reason }
    }

    /// About the bytes that the record takes.
    pub(crate) fn size(&self) -> usize {
        const HEADERS: usize = 400;
        self.payload().len() + self.key().len() + HEADERS
    }

    /// The record, continuing this span instead of the one that wrote the row.
    pub(crate) fn record(&self, traceparent: Option<&str>, now: DateTime<Utc>) -> Record {
        let attributes = Attributes {
            id: self.id(),
            source: &self.headers.source,
            kind: self.row.get(5),
            time: self.created_at,
            subject: self.key(),
            traceparent: traceparent.or(self.headers.traceparent.as_deref()),
            tracestate: self.headers.tracestate.as_deref(),
        };
        Record {
            key: Some(self.key().as_bytes().to_vec()),
            value: Some(self.payload().to_vec()),
            headers: attributes.to_headers(),
            timestamp: now,
        }
    }
}
