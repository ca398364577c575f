//! The admin port of a service: health, metrics, the live tree of actors; and, where events are consumed, what could not be applied and
//! what is applied again by order.

mod config;
pub mod dead_letters;
mod note;
mod rate;
pub mod replays;
mod report;
mod server;

pub use config::AdminConfig;
pub use note::note;
pub use report::{report, to_json};
pub use server::{AdminServer, AdminSpec};
