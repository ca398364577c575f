//! Settlement with insurers. Everything it knows came from Kafka into its own tables: what insurers offer ([`offers`]) and what
//! was sold ([`policies`]). It calls no other service.
//!
//! [`insurers`] describe what is agreed with each. An insurer's statement is taken in by [`intake`], read by [`register`] and held
//! against what was sold by [`matching`]: both are pure. [`runs`] do so on frozen input, [`breaks`] are worked on until they are
//! settled, [`results`] are taken elsewhere. [`monitor`] tells what waits, [`retention`] drops what is large and old, [`admin`] is the API and the page.

pub mod admin;
pub mod app;
pub mod breaks;
mod config;
pub mod insurers;
pub mod intake;
pub mod matching;
pub mod monitor;
pub mod offers;
pub mod policies;
pub mod register;
pub mod results;
pub mod retention;
pub mod runs;
pub mod shared;

pub use config::{Config, DEFAULTS};
