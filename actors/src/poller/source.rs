//! What a protocol implements, and the ways a call can go wrong.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why a poll gave nothing. In every case the insurer keeps its last good catalogue.
#[derive(Debug, Error)]
pub enum PollError {
    /// Nobody answered.
    #[error("cannot reach {address}: {cause}")]
    Unreachable {
        /// Who was called.
        address: String,
        /// Why not.
        cause: String,
    },
    /// No answer in time.
    #[error("no whole answer within {0:?}")]
    TimedOut(std::time::Duration),
    /// The insurer says no.
    #[error("{address} answered {status}{}", describe(what))]
    Status {
        /// Who was called.
        address: String,
        /// Protocol's status.
        status: u16,
        /// What the insurer says about it; may be empty.
        what: String,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// The configuration does not fit what the insurer sends.
    #[error("{place}: {what}")]
    Mapping {
        /// File and line.
        place: String,
        /// What is wrong there.
        what: String,
    },
    /// An answer that is not what the protocol promises.
    #[error("{address}: {what}")]
    Malformed {
        /// Which document.
        address: String,
        /// What is wrong with it.
        what: String,
    },
    /// A field whose value cannot be used.
    #[error("{address}: product {product}, field {field}: {what}")]
    Field {
        /// Which document.
        address: String,
        /// The insurer's product, or its place in the document.
        product: String,
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        what: String,
    },
}

impl PollError {
    /// The outcome, as a label of metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unreachable { .. } => "unreachable",
            Self::TimedOut(_) => "timed-out",
            Self::Status { .. } => "status",
            Self::Mapping { .. } => "mapping",
            Self::Malformed { .. } => "malformed",
            Self::Field { .. } => "field",
        }
    }

    /// The field concerned, as a label of metrics; empty when the whole answer is.
    pub fn field(&self) -> &'static str {
        if let Self::Field { field, .. } = self { field } else { "" }
    }

    /// The protocol's status, where there was an answer.
    pub fn status(&self) -> Option<u16> {
        if let Self::Status { status, .. } = self { Some(*status) } else { None }
    }
}

impl PollError {
    /// When the insurer wants to be asked again.
    pub fn retry_after(&self) -> Option<Duration> {
        if let Self::Status { retry_after, .. } = self { *retry_after } else { None }
    }
}

fn describe(what: &str) -> String {
    if what.is_empty() { String::new() } else { format!(": {what}") }
}

/// What to send with the next request for a document, so that it need not be sent again (RFC 9110, section 13), and what
/// to compare it with.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Validator {
    /// `ETag`, as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// `Last-Modified`, as it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// The content in few bytes: an insurer that sends it all again has said nothing new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}

impl Validator {
    /// What the insurer calls this state of a document.
    pub fn tag(etag: impl Into<String>) -> Self {
        Self { etag: Some(etag.into()), ..Self::default() }
    }
}

/// Validators by document.
pub type Validators = BTreeMap<String, Validator>;

/// What a call gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled<T> {
    /// Nothing has changed since the validators that were sent.
    NotModified,
    /// The whole catalogue.
    Whole {
        /// It.
        content: T,
        /// For the next call.
        validators: Validators,
    },
}

/// One insurer over one protocol.
pub trait Source: Send + Sync + 'static {
    /// A whole catalogue.
    type Content: Send + 'static;

    /// Name of the protocol, for spans and metrics.
    fn protocol(&self) -> &'static str;

    /// Asks for the catalogue. What it waits for on its own account, to ask no more often than it may, it waits for
    /// [`off_the_clock`](super::off_the_clock).
    fn poll<'a>(&'a self, validators: &'a Validators) -> Polling<'a, Self::Content>;
}

/// A call under way.
pub type Polling<'a, C> = Pin<Box<dyn Future<Output = Result<Polled<C>, PollError>> + Send + 'a>>;
