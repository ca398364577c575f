//! Why a partition stands still for a while.

use thiserror::Error;

use super::ProjectionError;
use super::batch::{PANICKED, REJECTED, WAITING};
use crate::database::DatabaseError;
use crate::kafka::BrokerError;

/// What interrupts a consumer. All but the loss of the lease are healed by trying again.
#[derive(Debug, Error)]
pub enum ConsumerError {
    /// The database is away or refuses.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The broker is away.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// Another instance owns the partition now; nothing of the batch was kept.
    #[error("the lease on the partition is lost; another instance goes on")]
    Fenced,
    /// Somebody decided on dead letters of the partition while a batch was under way; nothing of it was kept.
    #[error("dead letters were decided on; the batch is sorted again")]
    Decided,
    /// The effects cannot be applied.
    #[error("apply")]
    Projection(#[source] ProjectionError),
    /// The code that applies effects panicked.
    #[error("apply panicked: {0}")]
    Panicked(String),
}

impl ConsumerError {
    /// Whether the same batch can succeed later.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Database(error) | Self::Projection(ProjectionError::Database(error)) => error.is_passing(),
            Self::Broker(_) => true,
            Self::Fenced | Self::Decided | Self::Panicked(_) | Self::Projection(_) => false,
        }
    }

    /// Whether the batch as it is has no place any more, whatever is in it.
    pub(crate) fn is_of_all(&self) -> bool {
        matches!(self, Self::Fenced | Self::Decided)
    }

    /// The `cause` column of a dead letter.
    pub(crate) fn cause(&self) -> &'static str {
        match self {
            Self::Panicked(_) => PANICKED,
            Self::Projection(ProjectionError::Waiting(_)) => WAITING,
            _ => REJECTED,
        }
    }
}
