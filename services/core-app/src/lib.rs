//! The application that buyers use. [`catalogue`] is built from Kafka alone, [`sale`] sells from it, [`audit`]
//! proves it, [`document`] prints it, [`api`] serves both.

pub mod admin;
pub mod api;
pub mod app;
pub mod audit;
pub mod catalogue;
mod config;
pub mod document;
mod hex;
pub mod sale;

pub use config::{Config, DEFAULTS};
