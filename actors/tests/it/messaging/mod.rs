//! The messaging actors on real PostgreSQL and Kafka.

mod broadcaster;
mod consumer;
mod leases;
mod parts;
mod poller;
mod relay;
mod relay_order;
