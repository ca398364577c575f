//! The catalogue: what insurers offer as last seen, the events of its changes, and its history.

mod diff;
pub mod fingerprint;
mod history;
mod outbox;
mod writer;

pub use diff::{Change, Difference, Print, changes, difference};
pub use outbox::{KIND, SOURCE, kind_text};
pub use writer::Writer;
