//! A checkpoint over the chains of all applications: what is hashed, and the signature of it (Ed25519, RFC 8032). It covers the
//! heads of the streams that have grown since the one before, and that one, so the newest stands for everything before it.

use jiff::Timestamp;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use thiserror::Error;
use uuid::Uuid;

use crate::hex::unhex;

/// What a key signs begins with this, so that no other thing signed with it can pass for a checkpoint.
const PURPOSE: &[u8] = b"polis audit checkpoint 1";
/// Before the first checkpoint.
pub const FIRST: [u8; 32] = [0; 32];

/// The last event of a stream when a checkpoint was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Whose stream.
    pub application_id: Uuid,
    /// The place of the event, from one.
    pub version: i64,
    /// The hash of the event.
    pub hash: Vec<u8>,
}

/// A checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Its place, from one, without gaps.
    pub number: i64,
    /// When it was made, to the microsecond.
    pub made_at: Timestamp,
    /// How many heads it covers.
    pub streams: i64,
    /// SHA-256 over everything above, the checkpoint before and the heads.
    pub hash: Vec<u8>,
    /// Whose signature it is.
    pub public_key: Vec<u8>,
    /// Ed25519 over the hash.
    pub signature: Vec<u8>,
}

/// The hash of a checkpoint, head by head.
pub struct CheckpointHash(Sha256);

impl CheckpointHash {
    /// Begins with what is known before the heads.
    pub fn new(before: &[u8], number: i64, made_at: Timestamp, streams: i64) -> Self {
        let mut sum = Sha256::new();
        let (number, time, streams) =
            (number.to_be_bytes(), made_at.as_microsecond().to_be_bytes(), streams.to_be_bytes());
        let fields: [&[u8]; 5] = [PURPOSE, before, &number, &time, &streams];
        for field in fields {
            sum.update((field.len() as u64).to_be_bytes());
            sum.update(field);
        }
        Self(sum)
    }

    /// The next head, in the order of applications.
    pub fn head(&mut self, head: &Head) {
        self.0.update(head.application_id.as_bytes());
        self.0.update(head.version.to_be_bytes());
        self.0.update((head.hash.len() as u64).to_be_bytes());
        self.0.update(&head.hash);
    }

    /// The hash.
    pub fn finish(self) -> Vec<u8> {
        self.0.finalize().to_vec()
    }
}

/// A key that is none.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The seed has another length, or other characters.
    #[error("audit.key is not 64 hexadecimal digits; make one with: openssl rand -hex 32")]
    Seed,
    /// A public key has.
    #[error("{0:?} is no public key: 64 hexadecimal digits, as polisctl audit verify names it")]
    Public(String),
    /// The library refuses it.
    #[error("audit.key cannot be used: {0}")]
    Refused(ring::error::KeyRejected),
}

const KEY: usize = 32;

/// 32 bytes from 64 hexadecimal digits.
fn key_bytes(text: &str) -> Option<Vec<u8>> {
    unhex(text.trim()).filter(|bytes| bytes.len() == KEY)
}

/// Signs checkpoints.
pub struct Signer(Ed25519KeyPair);

impl Signer {
    /// From the seed of RFC 8032, section 5.1.5, as 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_seed(seed: &str) -> Result<Self, KeyError> {
        let seed = key_bytes(seed).ok_or(KeyError::Seed)?;
        Ed25519KeyPair::from_seed_unchecked(&seed).map(Self).map_err(KeyError::Refused)
    }

    /// What others check its signatures with.
    pub fn public_key(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    /// A checkpoint of these heads, which stand in the order of applications.
    pub fn sign(&self, before: &[u8], number: i64, made_at: Timestamp, heads: &[Head]) -> Checkpoint {
        let streams = i64::try_from(heads.len()).unwrap_or(i64::MAX);
        let mut sum = CheckpointHash::new(before, number, made_at, streams);
        heads.iter().for_each(|head| sum.head(head));
        let hash = sum.finish();
        let signature = self.0.sign(&hash).as_ref().to_vec();
        Checkpoint { number, made_at, streams, hash, public_key: self.public_key().to_vec(), signature }
    }
}

/// Whose checkpoints are believed.
#[derive(Clone, Debug, Default)]
pub struct Trusted(Vec<Vec<u8>>);

impl Trusted {
    /// From public keys, 64 hexadecimal digits each.
    ///
    /// # Errors
    /// [`KeyError::Public`].
    pub fn from_keys(keys: &[String]) -> Result<Self, KeyError> {
        let bytes = |key: &String| key_bytes(key).ok_or_else(|| KeyError::Public(key.clone()));
        keys.iter().map(bytes).collect::<Result<_, _>>().map(Self)
    }

    /// And that one.
    #[must_use]
    pub fn and(mut self, public_key: &[u8]) -> Self {
        self.0.push(public_key.to_vec());
        self
    }

    /// What is wrong with the signature of a checkpoint whose hash is right.
    pub fn misfit(&self, checkpoint: &Checkpoint) -> Option<&'static str> {
        if !self.0.contains(&checkpoint.public_key) {
            return Some("it is signed with a key that is not trusted; a former key belongs into audit.trusted");
        }
        let key = UnparsedPublicKey::new(&ED25519, &checkpoint.public_key);
        key.verify(&checkpoint.hash, &checkpoint.signature).is_err().then_some("its signature is forged")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, section 7.1, test 1.
    const SEED: &str = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    const PUBLIC: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

    fn heads() -> Vec<Head> {
        (1..4).map(|n| Head { application_id: Uuid::from_u128(n), version: 2, hash: vec![n as u8; 32] }).collect()
    }

    #[test]
    fn a_checkpoint_is_believed_when_its_key_is() {
        let signer = Signer::from_seed(SEED).unwrap();
        let trusted = Trusted::from_keys(&[PUBLIC.to_owned()]).unwrap();
        let made = signer.sign(&FIRST, 1, Timestamp::UNIX_EPOCH, &heads());
        assert_eq!(trusted.misfit(&made), None);
        let forged = Checkpoint { hash: vec![0; 32], ..made.clone() };
        assert_eq!(trusted.misfit(&forged), Some("its signature is forged"));
        assert!(Trusted::default().misfit(&made).unwrap().contains("not trusted"));
    }

    #[test]
    fn everything_counts() {
        let signer = Signer::from_seed(SEED).unwrap();
        let of = |before: &[u8], number, heads: &[Head]| signer.sign(before, number, Timestamp::UNIX_EPOCH, heads).hash;
        let one = of(&FIRST, 1, &heads());
        assert_eq!(one, of(&FIRST, 1, &heads()));
        let mut older = heads();
        older[1].version = 1;
        for other in
            [of(&[1; 32], 1, &heads()), of(&FIRST, 2, &heads()), of(&FIRST, 1, &older), of(&FIRST, 1, &heads()[..2])]
        {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn a_key_has_its_length() {
        assert!(Signer::from_seed("beef").is_err_and(|error| error.to_string().contains("openssl rand")));
        assert!(Trusted::from_keys(&["x".repeat(64)]).is_err());
    }
}
