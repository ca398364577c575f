//! Why a partition stands still for a while.

use thiserror::Error;

use super::ProjectionError;
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
            Self::Fenced | Self::Panicked(_) | Self::Projection(ProjectionError::Rejected(_)) => false,
        }
    }

    /// The `cause` column of a dead letter.
    pub(crate) fn cause(&self) -> &'static str {
        if matches!(self, Self::Panicked(_)) { "panicked" } else { "rejected" }
    }
}
