//! The chain of an application's events: each hash covers the one before it and everything that is stored of the event, so
//! that a changed, exchanged or removed one is found. What is personal was sealed before: it can be erased, and the chain
//! still holds.

use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What is stored of an event, beside its hash.
#[derive(Clone, Copy, Debug)]
pub struct Link<'a> {
    /// Whose it is.
    pub application_id: Uuid,
    /// Its place, from one.
    pub version: i64,
    /// Its kind.
    pub kind: &'a str,
    /// The encoded event.
    pub payload: &'a [u8],
    /// When it happened, to the microsecond.
    pub occurred_at: Timestamp,
    /// Who did it.
    pub actor: &'a str,
    /// Why.
    pub why: &'a str,
    /// In which trace.
    pub trace_id: &'a str,
}

/// Before the first event.
pub const GENESIS: [u8; 32] = [0; 32];

/// SHA-256 of the hash before and of every field, each with its length before it.
pub fn hash(before: &[u8], link: &Link<'_>) -> Vec<u8> {
    let mut sum = Sha256::new();
    let version = link.version.to_be_bytes();
    let time = link.occurred_at.as_microsecond().to_be_bytes();
    let fields: [&[u8]; 9] = [
        before,
        link.application_id.as_bytes(),
        &version,
        link.kind.as_bytes(),
        link.payload,
        &time,
        link.actor.as_bytes(),
        link.why.as_bytes(),
        link.trace_id.as_bytes(),
    ];
    for field in fields {
        sum.update((field.len() as u64).to_be_bytes());
        sum.update(field);
    }
    sum.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_counts_and_so_does_where_one_ends() {
        let link = Link {
            application_id: Uuid::from_u128(7),
            version: 1,
            kind: "quoted",
            payload: b"abc",
            occurred_at: Timestamp::UNIX_EPOCH,
            actor: "buyer",
            why: "",
            trace_id: "t",
        };
        let first = hash(&GENESIS, &link);
        let others = [
            Link { version: 2, ..link },
            Link { kind: "quote", payload: b"dabc", ..link },
            Link { payload: b"abd", ..link },
            Link { occurred_at: Timestamp::from_microsecond(1).unwrap(), ..link },
            Link { actor: "buye", why: "r", ..link },
            Link { application_id: Uuid::from_u128(8), ..link },
            Link { trace_id: "", ..link },
            Link { kind: "quoter", ..link },
            Link { actor: "timer", ..link },
            Link { why: "webhook", ..link },
        ];
        assert!(others.iter().all(|other| hash(&GENESIS, other) != first));
        assert_ne!(hash(&first, &link), first);
        assert_eq!(hash(&GENESIS, &link), first);
    }
}
