//! The protocols of insurers. Each is a [`polis_actors::poller::Source`] that answers a whole, checked catalogue.

mod ask;
pub mod auth;
pub(crate) mod authority;
mod body;
pub mod grpc;
pub mod http;
mod pace;
pub mod price_list;
pub mod rest;
mod round;
pub mod sftp;
pub mod soap;
pub mod xml;
