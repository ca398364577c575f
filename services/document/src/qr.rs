//! The QR code (ISO/IEC 18004) of an address, as runs of dark modules.

use qrcode::{Color, EcLevel, QrCode};

use crate::DocumentError;

/// Light modules that the standard wants around a code.
pub(super) const QUIET: usize = 4;

/// Dark modules side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// Column of the first.
    pub(super) column: usize,
    /// Their row.
    pub(super) row: usize,
    /// How many.
    pub(super) length: usize,
}

/// Modules along a side, and the dark ones. A code that has lost 15 % of itself to a fold or a stamp can still be read.
pub(super) fn runs(url: &str) -> Result<(usize, Vec<Run>), DocumentError> {
    let code = QrCode::with_error_correction_level(url, EcLevel::M)
        .map_err(|source| DocumentError::Code { url: url.to_owned(), source })?;
    let side = code.width();
    let mut runs = Vec::new();
    for (row, modules) in code.to_colors().chunks(side).enumerate() {
        let mut column = 0;
        for same in modules.chunk_by(|one, next| one == next) {
            if same.first() == Some(&Color::Dark) {
                runs.push(Run { column, row, length: same.len() });
            }
            column += same.len();
        }
    }
    Ok((side, runs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_begins_with_its_finder_pattern_and_a_long_address_is_refused() {
        let (side, runs) = runs("https://polis.example/#/policies/PL-0000000018/0123456789abcdef").unwrap();
        assert_eq!(runs[0], Run { column: 0, row: 0, length: 7 });
        assert!(runs.iter().all(|run| run.column + run.length <= side && run.row < side));
        assert!(super::runs(&"x".repeat(5000)).is_err());
    }
}
