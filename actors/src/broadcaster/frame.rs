//! Server-sent events on the wire.

use std::sync::Arc;

use bytes::Bytes;

/// A change, encoded once and shared by all clients.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Its sequence, the `id` of the event.
    pub seq: i64,
    /// What it is the latest state of; an earlier frame of the same key is superseded by it.
    pub key: Arc<str>,
    /// The event as it goes out.
    pub bytes: Bytes,
}

/// An event: `event`, optional `id`, `data` with one field per line. `data` must not be empty, or browsers drop it.
pub fn encode(event: &str, id: Option<i64>, data: &str) -> Bytes {
    use std::fmt::Write;
    let mut text = String::with_capacity(data.len() + event.len() + 40);
    if let Some(id) = id {
        // Writing into a String does not fail.
        let _ = writeln!(text, "id: {id}");
    }
    let _ = writeln!(text, "event: {event}");
    for line in data.lines() {
        let _ = writeln!(text, "data: {line}");
    }
    text.push('\n');
    text.into()
}

/// A comment, which browsers ignore and proxies count as traffic.
pub fn comment(text: &str) -> Bytes {
    format!(": {text}\n\n").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_follow_the_standard() {
        assert_eq!(encode("product", Some(7), "{}"), "id: 7\nevent: product\ndata: {}\n\n");
        assert_eq!(encode("reset", None, "a\nb"), "event: reset\ndata: a\ndata: b\n\n");
        assert_eq!(comment("alive"), ": alive\n\n");
    }
}
