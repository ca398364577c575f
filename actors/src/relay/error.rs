//! Why a relay stops working for a while.

use thiserror::Error;

use crate::database::DatabaseError;
use crate::kafka::BrokerError;

/// What interrupts a relay. All but the loss of the lease are healed by trying again.
#[derive(Debug, Error)]
pub enum RelayError {
    /// The database is away or refuses.
    #[error("outbox")]
    Database(#[from] DatabaseError),
    /// The broker is away.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// Another instance owns the outbox now.
    #[error("the lease on the outbox is lost; another instance goes on")]
    Fenced,
}
