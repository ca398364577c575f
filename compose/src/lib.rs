//! The native stack: PostgreSQL, Kafka and Jaeger as supervised processes, without Docker. Used by the tests of every
//! crate and by `make run`.

mod artifacts;
mod audit_key;
mod create_topics;
mod databases;
mod directories;
mod download;
mod error;
mod jaeger;
mod kafka;
mod ports;
mod postgres;
mod prerequisites;
mod pristine;
mod process;
mod services;
mod stack;
mod topics;

pub use artifacts::Cache;
pub use databases::{create_database, database_url};
pub use directories::data_directory;
pub use download::client as http_client;
pub use error::StackError;
pub use jaeger::{JaegerPorts, build as build_jaeger, is_built as is_jaeger_built};
pub use ports::{ensure_free as ensure_port_free, free_port};
pub use prerequisites::ensure as ensure_prerequisites;
pub use process::{Halt, Process, ProcessSpec, Readiness, Resume};
pub use services::{AGGREGATOR_DATABASE, CORE_DATABASE, SETTLEMENT_DATABASE, ServicePorts, Services};
pub use stack::{Addresses, Parts, Stack, Use, download};
pub use topics::{TopicSpec, create as create_topics, declared as declared_topics};
