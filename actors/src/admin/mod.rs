//! The admin port of a service: health, metrics, and the live tree of actors.

mod config;
mod note;
mod report;
mod server;

pub use config::AdminConfig;
pub use note::note;
pub use report::{report, to_json};
pub use server::{AdminServer, AdminSpec};
