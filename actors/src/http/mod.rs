//! HTTP servers: [`server`] is the actor, [`connections`] accepts and serves, warp's filters answer.

mod connections;
mod server;

pub use server::{HttpServer, HttpSpec};
