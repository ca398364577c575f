//! The broadcaster: changes from the database to every open page, by server-sent events (HTML Living Standard, 9.2).
//!
//! [`log`] keeps frames once for all clients and coalesces what a slow one has missed; [`frame`] encodes them; [`actor`]
//! reads changes as they become visible; [`client`] is the stream of one page.

pub mod actor;
mod client;
mod frame;
mod log;

pub use actor::{Broadcaster, BroadcasterConfig, BroadcasterSpec};
pub use client::{Clients, StreamError};
pub use frame::{Frame, comment, encode};
pub use log::{Behind, Log};

use std::future::Future;
use std::pin::Pin;

use crate::database::DatabaseError;

/// The future of a [`Source`]'s methods.
pub type Reading<'a, T> = Pin<Box<dyn Future<Output = Result<T, DatabaseError>> + Send + 'a>>;

/// Where changes come from. Their sequence order must be the order in which they become visible.
pub trait Source: Send + Sync + 'static {
    /// The channel that is notified when there are changes.
    fn channel(&self) -> &'static str;

    /// Changes behind a sequence, in order, at most so many.
    fn read_after(&self, seq: i64, limit: i64) -> Reading<'_, Vec<Frame>>;

    /// First and last sequence that can be read.
    fn range(&self) -> Reading<'_, (i64, i64)>;

    /// The state of everything, as frames without an id, and the sequence it is the state of. One snapshot.
    fn snapshot(&self) -> Reading<'_, (Vec<bytes::Bytes>, i64)>;
}
