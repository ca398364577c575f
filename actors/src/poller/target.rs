//! What takes the answers of a poller.

use std::future::Future;

use super::{PollError, Polled, Validators};
use crate::database::DatabaseError;
use crate::lease::Held;

/// What became of a catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// Nothing in it differs from what is known.
    Unchanged,
    /// So many products changed.
    Changed(usize),
    /// It would withdraw too much; held until somebody approves it or the insurer mends it.
    Held(String),
    /// Another instance polls this insurer by now: nothing was written.
    Fenced,
}

/// Where the catalogues of one insurer go.
pub trait Target<T>: Send + Sync + 'static {
    /// Validators of the last catalogue that was accepted.
    fn validators(&self) -> impl Future<Output = Result<Validators, DatabaseError>> + Send;

    /// Takes a catalogue, all of it or nothing, and only while the lease is ours.
    fn accept(&self, polled: Polled<T>, held: &Held) -> impl Future<Output = Result<Accepted, DatabaseError>> + Send;

    /// Remembers a poll that gave nothing, if the lease is ours.
    fn failed(&self, error: &PollError, held: &Held) -> impl Future<Output = Result<(), DatabaseError>> + Send;
}
