//! The consumer: from a Kafka topic into tables, effects exactly once.
//!
//! One actor per partition. In one transaction: inbox ids, effects, dead letters, the offset with the lease epoch.
//! [`projection`] is what a service writes; [`batch`] sorts records; [`apply`] narrows a failing batch to the record
//! that fails; [`partition`] is the loop; [`actor`] owns the leases.

pub mod actor;
mod apply;
mod batch;
mod error;
mod partition;
mod projection;

pub use actor::{Consumer, ConsumerConfig, ConsumerSpec};
pub use error::ConsumerError;
pub use projection::{Applying, Incoming, Projection, ProjectionError};
