//! Why a result is not written.

use polis_actors::database::DatabaseError;
use thiserror::Error;

use crate::insurers::InsurersError;

/// Why a result is not written.
#[derive(Debug, Error)]
pub enum ExportError {
    /// No such run.
    #[error("there is no run {0}")]
    NoRun(i64),
    /// It has no result.
    #[error("run {0} is {1}; only the result of a run that is done can be exported")]
    NotDone(i64, String),
    /// The insurer's file cannot be used.
    #[error("the file of the insurer cannot be used; mend it and export again")]
    Insurer(#[from] InsurersError),
    /// The file cannot be written.
    #[error("the file cannot be written to {0}; see that the directory is there and has room")]
    Spool(String, #[source] std::io::Error),
    /// A writer does not take what it is given.
    #[error("the result cannot be written in this format")]
    Content(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database said no.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl ExportError {
    pub(super) fn content(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::Content(Box::new(error))
    }
}
