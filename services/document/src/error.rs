//! Why there is no document.

use thiserror::Error;

/// Why there is no document.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// The program was built with a broken file.
    #[error("a font that is built in cannot be read; build the program from unchanged sources")]
    Font,
    /// The address is too long, most likely.
    #[error("{url} cannot be made a QR code: {source}")]
    Code {
        /// The address.
        url: String,
        /// Why.
        source: qrcode::types::QrError,
    },
    /// The document cannot be written.
    #[error("the PDF could not be written: {0}")]
    Pdf(#[from] krilla::error::KrillaError),
}
