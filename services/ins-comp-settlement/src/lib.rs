//! Settlement with insurers. Everything it knows came from Kafka into its own tables: what insurers offer ([`offers`]) and what
//! was sold ([`policies`]). It calls no other service. An insurer's statement is read by [`register`] and held against what was
//! sold by [`matching`]: both are pure.

pub mod admin;
pub mod app;
mod config;
pub mod matching;
pub mod offers;
pub mod policies;
pub mod register;

pub use config::{Config, DEFAULTS};
