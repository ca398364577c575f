//! Polls insurers over their own protocols, finds changes of products and tariffs, and publishes them through an
//! outbox. [`protocol`] speaks to insurers, [`offer`] is what all of them answer, [`catalogue`] finds and writes changes.

pub mod app;
pub mod catalogue;
pub mod config;
pub mod offer;
pub mod protocol;
