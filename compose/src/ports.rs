//! Free ports for a run of its own.

use std::net::{Ipv4Addr, TcpListener};

use crate::StackError;

/// A TCP port on loopback that nobody listens on now.
///
/// # Errors
/// When the machine has none left.
pub fn free_port() -> Result<u16, StackError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(StackError::file("find a free port on", "127.0.0.1"))
}

/// Says who needs a port that is taken.
///
/// # Errors
/// [`StackError::PortTaken`].
pub fn ensure_free(what: &'static str, port: u16) -> Result<(), StackError> {
    match TcpListener::bind(("127.0.0.1", port)) {
        Ok(_) => Ok(()),
        Err(source) => Err(StackError::PortTaken { what, port, source }),
    }
}
