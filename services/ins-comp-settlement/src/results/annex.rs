//! The annex of an act: every break of the result, as text. Nothing of what was decided since is in it, so the same result is the same
//! file, and the act, which is signed, names it by its hash.

use std::io::{self, Write};

use sha2::{Digest, Sha256};

use super::csv;
use super::error::ExportError;
use super::listed::Listed;
use crate::matching::Kind;
use crate::register::ContentHash;
use crate::runs::RunBreak;

/// What an act says of its annex.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sealed {
    /// Its lines, without the one with the names of the columns.
    pub(super) lines: usize,
    /// Of the whole file.
    pub(super) sha256: ContentHash,
}

/// What both parties differ by: without what is not due yet.
pub(super) fn of(listed: impl Iterator<Item = Listed>) -> impl Iterator<Item = RunBreak> {
    listed.map(|listed| listed.found).filter(|found| found.kind != Kind::NotDueYet.as_str())
}

/// A line for each break.
pub(super) fn write(to: impl Write, breaks: impl Iterator<Item = RunBreak>) -> Result<(), ExportError> {
    csv::found(to, breaks)
}

/// What the file would be, without keeping any of it.
pub(super) fn seal(breaks: impl Iterator<Item = RunBreak>) -> Result<Sealed, ExportError> {
    let (mut hash, mut lines) = (Hash(Sha256::new()), 0);
    write(&mut hash, breaks.inspect(|_| lines += 1))?;
    Ok(Sealed { lines, sha256: ContentHash(hash.0.finalize().into()) })
}

/// Keeps the hash of what is written.
struct Hash(Sha256);

impl Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[path = "tests/annex.rs"]
mod tests;
