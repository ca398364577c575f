//! What a service does with the events of a topic.

use std::future::Future;
use std::pin::Pin;

use deadpool_postgres::Transaction;
use polis_proto::{Envelope, Offset};
use thiserror::Error;

use crate::database::DatabaseError;

/// A decoded event on its way into the tables.
#[derive(Debug)]
pub struct Incoming<E> {
    /// Where in the partition it is.
    pub offset: Offset,
    /// Its CloudEvents attributes.
    pub envelope: Envelope,
    /// The decoded payload.
    pub event: E,
    /// The span that applies it, to be continued by whatever its effects lead to.
    pub traceparent: Option<String>,
}

/// Why effects could not be applied.
#[derive(Debug, Error)]
pub enum ProjectionError {
    /// This content can never be applied; the record becomes a dead letter.
    #[error("{0}")]
    Rejected(String),
    /// Something is missing that other events will bring. These records, and later ones of their keys, are set aside and tried again
    /// by themselves; all others of the batch are applied at once, without them.
    #[error("{} records wait for what other events bring{}", .0.len(), first(.0))]
    Waiting(
        /// Which records of the batch, and what each waits for. None, or none of the batch, is an error of whoever says so: the
        /// batch is narrowed then.
        Vec<(Offset, String)>,
    ),
    /// The database said no. Whether it passes is for [`DatabaseError::is_passing`] to say.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

fn first(waiting: &[(Offset, String)]) -> String {
    waiting.first().map_or_else(String::new, |(offset, reason)| format!("; at offset {}: {reason}", offset.0))
}

/// The future of [`Projection::apply`].
pub type Applying<'a> = Pin<Box<dyn Future<Output = Result<(), ProjectionError>> + Send + 'a>>;

/// Turns events into rows.
pub trait Projection: Send + Sync + 'static {
    /// A decoded event.
    type Event: Send + Sync + 'static;

    /// Decodes a payload.
    ///
    /// # Errors
    /// The reason why this is no event of the topic, for the dead letter.
    fn decode(&self, envelope: &Envelope) -> Result<Self::Event, String>;

    /// Applies a batch with set-based statements, in the order given, inside the open transaction. Called again with
    /// a part of the batch when it fails, so it keeps nothing of a call that failed.
    fn apply<'a>(&'a self, transaction: &'a Transaction<'a>, batch: &'a [&'a Incoming<Self::Event>]) -> Applying<'a>;
}
