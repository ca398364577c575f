//! Settlement with insurers. Everything it knows came from Kafka into its own tables: what insurers offer ([`offers`]) and what
//! was sold ([`policies`]). It calls no other service.

pub mod admin;
pub mod app;
mod config;
pub mod offers;
pub mod policies;

pub use config::{Config, DEFAULTS};
