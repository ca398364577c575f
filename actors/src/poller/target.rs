//! What takes the answers of a poller.

use std::future::Future;

use jiff::Timestamp;

use super::{Breaker, PollError, Polled, Validators};
use crate::database::DatabaseError;
use crate::lease::Held;

/// What became of a catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// Nothing in it differs from what is known.
    Unchanged,
    /// Some of it does.
    Changed {
        /// Products that were told as changed.
        told: usize,
        /// Products on offer now.
        products: usize,
    },
    /// It would withdraw too much; held until somebody approves it or the insurer mends it.
    Held(String),
    /// Another instance polls this insurer by now: nothing was written.
    Fenced,
}

/// What is remembered of the polls before, whoever made them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// Since when the insurer is to be polled: since it is known, or since an operator let it go on.
    pub known_since: Timestamp,
    /// When it last was.
    pub polled_at: Option<Timestamp>,
    /// When that last gave a catalogue.
    pub confirmed_at: Option<Timestamp>,
    /// Failures in a row since then.
    pub failures: u32,
    /// Until when it is to be left alone.
    pub not_before: Option<Timestamp>,
    /// Products on offer.
    pub products: usize,
}

impl Past {
    /// Nobody has polled it before.
    pub fn none() -> Self {
        let known_since = Timestamp::now();
        Self { known_since, polled_at: None, confirmed_at: None, failures: 0, not_before: None, products: 0 }
    }
}

/// Where the catalogues of one insurer go.
pub trait Target<T>: Send + Sync + 'static {
    /// What the owners before have left. Asked once by each owner.
    fn past(&self) -> impl Future<Output = Result<Past, DatabaseError>> + Send;

    /// Validators of the last catalogue that was accepted.
    fn validators(&self) -> impl Future<Output = Result<Validators, DatabaseError>> + Send;

    /// Takes a catalogue, all of it or nothing, and only while the lease is ours.
    fn accept(&self, polled: Polled<T>, held: &Held) -> impl Future<Output = Result<Accepted, DatabaseError>> + Send;

    /// Remembers a poll that gave nothing and what the breaker makes of it, if the lease is ours.
    fn failed(
        &self, error: &PollError, breaker: &Breaker, held: &Held,
    ) -> impl Future<Output = Result<(), DatabaseError>> + Send;
}
