//! Migrations and SQL statements of every Polis service. One statement per file, loaded at compile time.

mod migrate;
pub mod sql;

pub use migrate::{MigrationError, Service, migrate};
