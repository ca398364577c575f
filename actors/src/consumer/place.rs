//! Which partition is consumed by whom, and under which ownership.

use deadpool_postgres::Transaction;
use polis_proto::Epoch;
use polis_schema::sql::offsets;
use tokio_postgres::types::ToSql;

use super::ConsumerError;
use crate::database::Run;

/// A partition of a consumer.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) consumer: String,
    pub(crate) topic: String,
    pub(crate) partition: i32,
}

/// A partition that is ours, and how many decisions on its dead letters are known.
#[derive(Debug)]
pub(crate) struct Owned {
    pub(crate) place: Place,
    pub(crate) epoch: Epoch,
    pub(crate) decisions: i64,
}

impl Place {
    /// The first three parameters of most statements.
    pub(crate) fn parameters(&self) -> [&(dyn ToSql + Sync); 3] {
        [&self.consumer, &self.topic, &self.partition]
    }
}

impl Owned {
    /// Holds ownership and decisions as they are until the transaction ends. Rows of dead letters are written behind this only:
    /// whoever decides on them holds the same row first.
    pub(crate) async fn hold(&self, transaction: &Transaction<'_>) -> Result<(), ConsumerError> {
        let row = transaction.first(&offsets::HOLD, &self.place.parameters()).await?.ok_or(ConsumerError::Fenced)?;
        self.is_as_known(Epoch(row.get(0)), row.get(1))
    }

    /// Whether the ownership is ours and nothing was decided that is not known.
    pub(crate) fn is_as_known(&self, epoch: Epoch, decisions: i64) -> Result<(), ConsumerError> {
        match (epoch == self.epoch, decisions == self.decisions) {
            (false, _) => Err(ConsumerError::Fenced),
            (true, false) => Err(ConsumerError::Decided),
            (true, true) => Ok(()),
        }
    }
}
