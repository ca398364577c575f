//! The consumer: from a Kafka topic into tables, effects exactly once.
//!
//! One actor per partition. In one transaction: inbox ids, effects, dead letters, the offset with the lease epoch.
//! [`projection`] is what a service writes; [`batch`] sorts records; [`apply`] narrows a failing batch to the record
//! that fails, and [`live`] says what is kept of it; [`partition`] is the loop; [`actor`] owns the leases.
//!
//! Between two batches the loop looks [`aside`]: [`letters`] that are due or ordered are tried again, a [`range`] of the topic is
//! applied again. Both go through the same [`apply`], under the same ownership.

pub mod actor;
mod apply;
mod aside;
mod batch;
mod error;
mod figures;
mod fingerprint;
mod letters;
mod live;
mod parked;
mod partition;
mod place;
mod projection;
mod range;

pub use actor::{Consumer, ConsumerConfig, ConsumerSpec};
pub use error::ConsumerError;
pub use projection::{Applying, Incoming, Projection, ProjectionError};
