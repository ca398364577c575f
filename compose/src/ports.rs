//! Free ports for a run of its own.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::StackError;

/// Below the ports that systems give to outgoing connections (Linux: from 32768), any of which could be taken between here and
/// where it is listened on.
const FIRST: u16 = 20_000;
const LAST: u16 = 31_999;

/// A TCP port on loopback that nobody listens on now, and that this process was not given before.
///
/// # Errors
/// When the machine has none left.
pub fn free_port() -> Result<u16, StackError> {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let ports = u32::from(LAST - FIRST) + 1;
    // Test programs that run side by side begin at different places.
    let begin = std::process::id().wrapping_mul(101);
    let mut last = std::io::Error::from(std::io::ErrorKind::AddrInUse);
    for _ in 0..ports {
        let offset = begin.wrapping_add(GIVEN.fetch_add(1, Relaxed)) % ports;
        let port = FIRST + u16::try_from(offset).unwrap_or_default();
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(_) => return Ok(port),
            Err(error) => last = error,
        }
    }
    Err(StackError::file("find a free port on", "127.0.0.1")(last))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_given_a_port_twice() {
        let given: std::collections::BTreeSet<u16> = (0..500).filter_map(|_| free_port().ok()).collect();
        assert_eq!(given.len(), 500);
        assert!(given.iter().all(|port| (FIRST..=LAST).contains(port)));
    }
}
