//! Why an insurer cannot be used.

use thiserror::Error;

/// Why an insurer cannot be used.
#[derive(Debug, Error)]
pub enum InsurersError {
    /// It has no file.
    #[error("there is no insurer {id:?}: describe it in {file}")]
    Unknown {
        /// Which one.
        id: String,
        /// Where its file should be.
        file: String,
    },
    /// The file or the directory cannot be read.
    #[error("{path} cannot be read")]
    Unreadable {
        /// Which one.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The file is there and says something that cannot be.
    #[error("{place}: {what}")]
    Key {
        /// File, line and key.
        place: String,
        /// What is wrong.
        what: String,
    },
}

impl InsurersError {
    /// Whether the same can succeed later without anybody mending the file.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unreadable { .. })
    }
}
