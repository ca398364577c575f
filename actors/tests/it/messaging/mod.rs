//! The messaging actors on real PostgreSQL and Kafka.

mod broadcaster;
mod consumer;
mod dead_letters;
mod diary;
mod leases;
mod parts;
mod poller;
mod relay;
mod relay_order;
mod replays;
mod retention;
mod waiting;
