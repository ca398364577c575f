//! HTTP servers: [`server`] is the child, [`connections`] accepts and serves, every request goes through the [`front`], warp's
//! filters answer.

mod connections;
mod front;
pub mod parameters;
mod problem;
mod server;

pub use front::{Admit, Asked, Front, REQUEST_ID};
pub use problem::{Problem, answer};
pub use server::HttpSpec;
pub use tower_http::cors::CorsLayer;
