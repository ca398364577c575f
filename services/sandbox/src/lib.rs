//! Third parties for development and tests: insurers whose catalogues drift and break on demand.

pub mod app;
mod config;
mod control;
mod drift;
mod fault;
mod feed;
mod market;
mod serve;

pub use config::{Config, DEFAULTS};
pub use fault::Fault;
pub use market::{Insurer, Market, Product, Tariff};
