//! Third parties for development and tests: insurers whose catalogues drift and break on demand.

pub mod app;
mod conditional;
mod config;
mod control;
mod door;
mod drift;
mod exhibit;
mod fault;
mod feed;
mod grpc;
mod json;
mod market;
pub mod payments;
pub mod registers;
mod serve;
mod sftp;
mod tables;
mod xml;

pub use config::{Config, DEFAULTS};
pub use door::Door;
pub use fault::Fault;
pub use market::{Insurer, Market, Pages, Product, Tariff};
pub use sftp::{customer_key, host_key};
