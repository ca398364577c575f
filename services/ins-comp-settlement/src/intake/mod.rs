//! Registers as they come: bytes become lines that are kept, all of them or none.
//!
//! Whatever is [`arriving`] goes through the [`spool`], where it is counted and hashed before anybody looks at it. To [`receive`] it
//! is to [`read`] it on a thread of its own while its lines are [`keep`]t, and to note what was seen while [`reading`]; a register
//! that is [`stored`] can be shown. An [`error`] says why one was refused, a [`meter`] counts.
//!
//! Registers are sent to us, fetched, or found. To [`fetch`] one is to ask the insurer's address, or the one that a [`rebase`] puts in
//! its place. The [`scheduler`] fetches by the [`plan`] that follows from the schedules, and keeps what it has done among the
//! [`pulls`]. The [`folder`] takes files that are [`standing`] still, [`named`] by the days they are of, and [`shelve`]s them.

mod arriving;
mod error;
mod fetch;
mod folder;
mod keep;
mod meter;
mod named;
mod plan;
mod pulls;
mod read;
mod reading;
mod receive;
mod scheduler;
mod shelve;
mod spool;
mod standing;
mod stored;

pub(crate) use arriving::plain_name;
pub use arriving::{Arriving, Received, Source};
pub use error::IntakeError;
pub use fetch::FetchError;
pub use folder::folder;
pub use pulls::Pulled;
pub use receive::Intake;
pub use scheduler::scheduler;
pub use spool::{Spool, Spooled, Writing};
pub use stored::{Register, RegisterLine, UnreadableLine, Wrong, lines_of, unreadable};

#[cfg(test)]
mod tests;
