//! Why a run has no result.

use polis_actors::database::DatabaseError;
use thiserror::Error;

use crate::insurers::InsurersError;
use crate::matching::MatchError;

/// Why a run has no result.
#[derive(Debug, Error)]
pub enum RunError {
    /// The insurer's file cannot be used.
    #[error("the file of the insurer cannot be used; mend it and order the run again")]
    Insurer(#[from] InsurersError),
    /// The two sides cannot be matched.
    #[error(transparent)]
    Match(#[from] MatchError),
    /// What was frozen cannot be read any more.
    #[error("the frozen input of the run cannot be read; order another run of the register")]
    Frozen(#[source] serde_json::Error),
    /// There is no input.
    #[error("run {0} has no frozen input")]
    NotFrozen(i64),
    /// Again and again it ended without a result.
    #[error("it was begun {0} times without an end; look into the log of the service, then order the run again")]
    Hopeless(i32),
    /// Another instance has taken over.
    #[error("another instance does this now")]
    Lost,
    /// The database said no.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl RunError {
    /// Whether the same can succeed later without anybody doing something.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Database(error) => error.is_passing(),
            Self::Lost => true,
            _ => false,
        }
    }
}

impl From<tokio_postgres::Error> for RunError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}
