//! The relay: from an outbox table to Kafka. At least once, in order per key, never skipping a row that commits late.
//!
//! [`gaps`] decides how far the sequence may be trusted, [`page`] reads, [`lane`] keeps the order within a partition,
//! [`engine`] moves rows between reading, producing and marking, [`actor`] owns the lease and heals what is down.

pub mod actor;
mod engine;
mod error;
mod gaps;
mod lane;
mod outbox;
mod page;
mod row;

pub use actor::{Relay, RelayConfig, RelaySpec};
pub use error::RelayError;
pub use outbox::{OUTBOX, Outbox, PRODUCT_EVENTS};
pub use row::StoredHeaders;
