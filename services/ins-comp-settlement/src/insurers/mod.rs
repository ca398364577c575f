//! Insurers as their files describe them: how their registers are read, what is agreed with them, where registers are fetched and
//! when, and what stands about them on an act.
//!
//! The [`directory`] has a [`file`] for each, which becomes an [`insurer`]; an error names file, line and key by the file's
//! [`origin`]. A [`pull`] is how a register is fetched, with each secret by reference, a [`schedule`] says when and of which
//! days. [`requisites`] are printed.

mod directory;
mod error;
mod file;
mod insurer;
mod origin;
mod pull;
mod requisites;
mod schedule;

pub use directory::Insurers;
pub(crate) use directory::is_id;
pub use error::InsurersError;
pub use insurer::Insurer;
pub use pull::{BadSecret, Pull};
pub use requisites::Requisites;
pub(crate) use requisites::is_inn;
#[cfg(test)]
pub(crate) use schedule::sample;
pub use schedule::{Schedule, Which};

#[cfg(test)]
mod tests;
