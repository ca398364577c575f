//! What a protocol implements, and the ways a call can go wrong.

use std::collections::BTreeMap;
use std::future::Future;

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
    #[error("{address} answered {status}")]
    Status {
        /// Who was called.
        address: String,
        /// Protocol's status.
        status: u16,
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

/// What a call gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Polled<T> {
    /// Nothing has changed since the entity tags that were sent.
    NotModified,
    /// The whole catalogue.
    Whole {
        /// It.
        content: T,
        /// Entity tags by document, for the next call.
        etags: BTreeMap<String, String>,
    },
}

/// One insurer over one protocol.
pub trait Source: Send + Sync + 'static {
    /// A whole catalogue.
    type Content: Send + 'static;

    /// Name of the protocol, for spans and metrics.
    fn protocol(&self) -> &'static str;

    /// Asks for the catalogue.
    fn poll(
        &self, etags: &BTreeMap<String, String>,
    ) -> impl Future<Output = Result<Polled<Self::Content>, PollError>> + Send;
}
