//! The envelope of an event: CloudEvents attributes and the encoded payload, encoded once where the event is born.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use crate::EventId;

/// The content type of every payload.
pub const CONTENT_TYPE: &str = "application/protobuf";

const SPEC_VERSION: &str = "1.0";

/// An event on its way. Records follow the Kafka protocol binding of CloudEvents 1.0, binary content mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Identity across redeliveries.
    pub id: EventId,
    /// Where it was born: `/ins-product-aggregator`.
    pub source: String,
    /// Full name of the protobuf message in the payload.
    pub kind: String,
    /// When it was born.
    pub time: Timestamp,
    /// What it is about; equal to the ordering key.
    pub subject: String,
    /// W3C trace context of the span to continue.
    pub traceparent: Option<String>,
    /// W3C trace state, passed on as it came.
    pub tracestate: Option<String>,
    /// The encoded message.
    pub data: Bytes,
}

/// The attributes of an event, where they lie: a relay copies them once, into the record.
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'a> {
    /// As in [`Envelope`].
    pub id: EventId,
    /// As in [`Envelope`].
    pub source: &'a str,
    /// As in [`Envelope`].
    pub kind: &'a str,
    /// As in [`Envelope`].
    pub time: Timestamp,
    /// As in [`Envelope`].
    pub subject: &'a str,
    /// As in [`Envelope`].
    pub traceparent: Option<&'a str>,
    /// As in [`Envelope`].
    pub tracestate: Option<&'a str>,
}

impl Attributes<'_> {
    /// The Kafka headers of the event.
    pub fn to_headers(self) -> BTreeMap<String, Vec<u8>> {
        let id = self.id.to_string();
        let time = self.time.to_string();
        let always = [
            ("ce_specversion", SPEC_VERSION),
            ("ce_id", &id),
            ("ce_source", self.source),
            ("ce_type", self.kind),
            ("ce_time", &time),
            ("ce_subject", self.subject),
            ("content-type", CONTENT_TYPE),
        ];
        let traced = [("traceparent", self.traceparent), ("tracestate", self.tracestate)];
        let traced = traced.into_iter().filter_map(|(name, value)| Some((name, value?)));
        always.into_iter().chain(traced).map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).collect()
    }
}

/// Why a record is not an event of ours.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum EnvelopeError {
    /// A required header is missing.
    #[error("record has no header {0}; it was not written by a CloudEvents producer in binary mode")]
    Missing(&'static str),
    /// A header is not UTF-8 or does not parse.
    #[error("header {name} has the unusable value {value:?}")]
    Unusable {
        /// Which header.
        name: &'static str,
        /// Its value, with replacement characters where it is not UTF-8.
        value: String,
    },
    /// Not protobuf.
    #[error("content type is {0:?}, not application/protobuf")]
    ContentType(String),
    /// A later version of CloudEvents.
    #[error("CloudEvents version is {0:?}, not 1.0")]
    SpecVersion(String),
    /// A record without a value; compaction tombstones are not events.
    #[error("record has no value")]
    NoValue,
}

impl Envelope {
    /// The Kafka headers of the event.
    pub fn to_headers(&self) -> BTreeMap<String, Vec<u8>> {
        let attributes = Attributes {
            id: self.id,
            source: &self.source,
            kind: &self.kind,
            time: self.time,
            subject: &self.subject,
            traceparent: self.traceparent.as_deref(),
            tracestate: self.tracestate.as_deref(),
        };
        attributes.to_headers()
    }

    /// An event from the headers and the value of a record.
    ///
    /// # Errors
    /// [`EnvelopeError`] names the header and what is wrong with it.
    pub fn from_record(headers: &BTreeMap<String, Vec<u8>>, value: Option<Bytes>) -> Result<Self, EnvelopeError> {
        let version = required(headers, "ce_specversion")?;
        if version != SPEC_VERSION {
            return Err(EnvelopeError::SpecVersion(version.to_owned()));
        }
        if let Some(content) = optional(headers, "content-type")?
            && content != CONTENT_TYPE
        {
            return Err(EnvelopeError::ContentType(content.to_owned()));
        }
        let id = required(headers, "ce_id")?;
        let time = required(headers, "ce_time")?;
        let unusable = |name, value: &str| EnvelopeError::Unusable { name, value: value.to_owned() };
        Ok(Self {
            id: EventId(Uuid::parse_str(id).map_err(|_| unusable("ce_id", id))?),
            source: required(headers, "ce_source")?.to_owned(),
            kind: required(headers, "ce_type")?.to_owned(),
            time: time.parse().map_err(|_| unusable("ce_time", time))?,
            subject: optional(headers, "ce_subject")?.unwrap_or_default().to_owned(),
            traceparent: optional(headers, "traceparent")?.map(str::to_owned),
            tracestate: optional(headers, "tracestate")?.map(str::to_owned),
            data: value.ok_or(EnvelopeError::NoValue)?,
        })
    }
}

fn optional<'a>(headers: &'a BTreeMap<String, Vec<u8>>, name: &'static str) -> Result<Option<&'a str>, EnvelopeError> {
    headers
        .get(name)
        .map(|value| {
            std::str::from_utf8(value)
                .map_err(|_| EnvelopeError::Unusable { name, value: String::from_utf8_lossy(value).into_owned() })
        })
        .transpose()
}

fn required<'a>(headers: &'a BTreeMap<String, Vec<u8>>, name: &'static str) -> Result<&'a str, EnvelopeError> {
    optional(headers, name)?.ok_or(EnvelopeError::Missing(name))
}
