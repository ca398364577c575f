//! Polls insurers over their own protocols, finds changes of products and tariffs, and publishes them through an
//! outbox. [`insurer`] is the file that describes one, [`protocol`] speaks to it, [`mapping`] makes [`offer`]s of what it
//! answers, [`catalogue`] finds and writes changes, [`directory`] keeps the pollers in line with the files.

pub mod admin;
pub mod app;
pub mod catalogue;
pub mod config;
pub mod directory;
pub mod insurer;
pub mod mapping;
pub mod offer;
pub mod orders;
pub mod protocol;
pub mod referred;
pub mod republisher;
pub mod schedule;
