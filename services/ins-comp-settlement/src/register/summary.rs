//! What is known of a register once it is read to its end.

use super::expect::Period;
use super::source::ContentHash;
use super::table::Apart;
use super::tally::{Sums, Tally, Totals};

/// A register, as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Lines that can be read.
    pub lines: u64,
    /// Lines that cannot.
    pub unreadable: u64,
    /// Sums of the lines that can be read.
    pub sums: Sums,
    /// The sums that the register gives of itself; none when it gives none.
    pub totals_found: Option<Totals>,
    /// Rows of a table that are no lines.
    pub apart: Apart,
    /// The days that the register says it is of.
    pub period: Option<Period>,
    /// Hash of the whole content.
    pub sha256: ContentHash,
    /// Size of the whole content.
    pub bytes: u64,
    /// The encoding that was used, of a text.
    pub encoding: Option<&'static str>,
    /// The sheet that was read, of a workbook.
    pub sheet: Option<String>,
    /// The sheets that were not.
    pub other_sheets: Vec<String>,
}

impl Summary {
    pub(super) fn new(sha256: ContentHash, bytes: u64, tally: Tally<'_>) -> Self {
        Self {
            lines: tally.sums().lines,
            unreadable: tally.unreadable,
            sums: tally.sums(),
            totals_found: tally.totals,
            apart: Apart::default(),
            period: None,
            sha256,
            bytes,
            encoding: None,
            sheet: None,
            other_sheets: Vec::new(),
        }
    }
}
