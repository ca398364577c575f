//! The hash of a result: over all of its pieces in their order, each written in one way.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::error::RunError;
use crate::matching::{Match, Outcome, Totals};

/// SHA-256 of a result, piece by piece.
#[derive(Debug, Default)]
pub(super) struct Fingerprint {
    hash: Sha256,
    text: String,
}

impl Fingerprint {
    /// The next piece.
    pub(super) fn add(&mut self, piece: &Outcome) -> Result<(), RunError> {
        self.text.clear();
        match piece {
            Outcome::Match(found) => self.write_match(found)?,
            Outcome::Break(found) => self.write("break", found)?,
            Outcome::NotDue(found) => self.write("not due", found)?,
        }
        self.hash.update(self.text.as_bytes());
        Ok(())
    }

    /// The hash of all pieces and of the totals.
    pub(super) fn finish(mut self, totals: &Totals) -> Result<[u8; 32], RunError> {
        self.text.clear();
        self.write("totals", totals)?;
        self.hash.update(self.text.as_bytes());
        Ok(self.hash.finalize().into())
    }

    fn write(&mut self, what: &str, piece: &impl serde::Serialize) -> Result<(), RunError> {
        let json = serde_json::to_string(piece).map_err(RunError::Frozen)?;
        // Writing into a string cannot fail.
        let _ = writeln!(self.text, "{what} {json}");
        Ok(())
    }

    /// Most pieces are these: written without a detour. Numbers are quoted, so that no two pieces are written alike.
    fn write_match(&mut self, found: &Match) -> Result<(), RunError> {
        let Match { stage, policies, lines, differs, distances } = found;
        let _ = write!(self.text, "match {} {differs}", stage.as_str());
        for policy in policies {
            let _ = write!(self.text, " {:?}", policy.number);
        }
        for line in lines {
            let _ = write!(self.text, " {}", line.number);
        }
        if let Some(distances) = distances {
            return self.write("", distances);
        }
        self.text.push('\n');
        Ok(())
    }
}
