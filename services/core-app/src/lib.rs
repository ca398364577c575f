//! The application that buyers use. [`catalogue`] is built from Kafka alone, [`sale`] sells from it, [`api`] serves both.

pub mod admin;
pub mod api;
pub mod app;
pub mod catalogue;
mod config;
pub mod sale;

pub use config::{Config, DEFAULTS};
