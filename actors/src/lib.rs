//! The actors of Polis: the supervision runtime on actix, and the reusable actors that stand on it.

pub mod admin;
pub mod broadcaster;
pub mod config;
pub mod consumer;
pub mod database;
pub mod failpoint;
pub mod http;
pub mod kafka;
pub mod lease;
pub mod monitor;
pub mod partitions;
pub mod poller;
pub mod process;
pub mod relay;
pub mod retention;
pub mod runtime;
pub mod server;
pub mod telemetry;
pub mod testkit;
