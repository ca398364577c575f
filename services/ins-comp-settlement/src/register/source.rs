//! The bytes of a register: counted, bounded and hashed while they are read, whoever reads them.

use std::io::{ErrorKind, Read};

use sha2::{Digest, Sha256};

use super::error::Fault;

/// Whether two files are the same: SHA-256 of all bytes. Shown in hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ContentHash(pub [u8; 32]);

impl std::fmt::Display for ContentHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A bounded source.
pub(super) struct Source<R> {
    inner: R,
    hash: Sha256,
    bytes: u64,
    most: u64,
}

impl<R: Read> Source<R> {
    pub(super) fn new(inner: R, most: u64) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0, most }
    }

    /// As many bytes as there are, at most a block; none at the end. One byte more than is allowed is an error.
    pub(super) fn block(&mut self, block: &mut [u8]) -> Result<usize, Fault> {
        let read = loop {
            match self.inner.read(block) {
                Ok(read) => break read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::Source(error)),
            }
        };
        self.bytes += read as u64;
        if self.bytes > self.most {
            return Err(Fault::TooLarge { what: "the file", most: self.most, key: "bytes" });
        }
        self.hash.update(&block[..read]);
        Ok(read)
    }

    /// Reads to the end. The hash and the number of bytes are those of the whole file.
    pub(super) fn finish(mut self) -> Result<(ContentHash, u64), Fault> {
        let mut rest = vec![0; 64 << 10];
        while self.block(&mut rest)? > 0 {}
        Ok((ContentHash(self.hash.finalize().into()), self.bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_whole_file_however_far_it_was_read() {
        let mut source = Source::new(&b"abc"[..], 3);
        assert_eq!(source.block(&mut [0; 2]).unwrap(), 2);
        let (hash, bytes) = source.finish().unwrap();
        assert_eq!(bytes, 3);
        assert_eq!(hash.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn a_file_that_is_too_large_is_refused_where_it_becomes_so() {
        let error = Source::new(std::io::repeat(b'x').take(1 << 40), 100_000).finish().unwrap_err();
        assert!(error.to_string().contains("100000 allowed by bounds.bytes"), "{error}");
    }
}
