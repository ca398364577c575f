//! Runs: a register is held against what was sold.
//!
//! An [`order`] says that it is to be done, the [`runner`] does it, one at a time. What a run depends on is [`freeze`]d first,
//! with [`keys`] of the lines; from the frozen input, read as [`sides`], [`reconcile`] makes the result, which is [`keep`]t in
//! one transaction, and whose [`fingerprint`] says whether [`verify`]ing makes the same again. A [`run`] and what it has
//! [`found`] are shown; a period is [`close`]d with a run.

mod close;
mod error;
mod fingerprint;
mod found;
mod freeze;
mod keep;
mod keys;
mod order;
mod reconcile;
mod run;
mod runner;
mod sides;
mod verify;

pub use close::{CloseError, close, reopen};
pub use error::RunError;
pub use found::RunBreak;
pub use order::{Order, OrderError, newest_register, not_closed, order};
pub use run::{Closed, Run};
pub use runner::runner;
pub(crate) use sides::{line, policy};
pub use verify::{Verified, VerifyError, verify};
