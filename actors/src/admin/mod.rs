//! The admin port of a service: health, metrics, and the live tree of actors.

mod note;
mod report;
mod server;

pub use note::note;
pub use report::{report, to_json};
pub use server::{AdminServer, AdminSpec};
