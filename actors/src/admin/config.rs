//! The configuration of an admin port.

use std::net::SocketAddr;

use serde::Deserialize;

/// The admin port.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminConfig {
    /// Where it listens.
    pub listen: SocketAddr,
}
