//! The catalogue: what insurers offer as last seen, and the events of its changes.

mod diff;
mod writer;

pub use diff::{Change, Known, compare, fingerprint};
pub use writer::Writer;
