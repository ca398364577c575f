//! The application that buyers use. [`catalogue`] is built from Kafka alone, [`api`] serves it.

pub mod api;
pub mod app;
pub mod catalogue;
mod config;

pub use config::{Config, DEFAULTS};
