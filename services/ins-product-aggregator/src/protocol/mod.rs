//! The protocols of insurers. Each is a [`polis_actors::poller::Source`] that answers a whole, checked catalogue.

mod body;
mod mapping;
pub mod rest;

pub use mapping::{Mapping, MappingError, Selector, TariffMapping};
