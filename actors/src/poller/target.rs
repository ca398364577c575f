//! What takes the answers of a poller.

use std::collections::BTreeMap;
use std::future::Future;

use super::{PollError, Polled};
use crate::database::DatabaseError;

/// What became of a catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// Nothing in it differs from what is known.
    Unchanged,
    /// So many products changed.
    Changed(usize),
    /// It would withdraw too much; held until somebody approves it or the insurer mends it.
    Held(String),
}

/// Where catalogues go.
pub trait Target<T>: Send + Sync + 'static {
    /// Entity tags of the last catalogue that was accepted.
    fn etags(&self, insurer: &str) -> impl Future<Output = Result<BTreeMap<String, String>, DatabaseError>> + Send;

    /// Takes a catalogue, all of it or nothing.
    fn accept(&self, insurer: &str, polled: Polled<T>) -> impl Future<Output = Result<Accepted, DatabaseError>> + Send;

    /// Remembers a poll that gave nothing.
    fn failed(&self, insurer: &str, error: &PollError) -> impl Future<Output = Result<(), DatabaseError>> + Send;
}
