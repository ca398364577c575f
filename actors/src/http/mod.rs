//! HTTP servers: [`server`] is the child, [`connections`] accepts and serves, warp's filters answer.

mod connections;
pub mod parameters;
mod problem;
mod server;

pub use problem::{Problem, answer};
pub use server::HttpSpec;
