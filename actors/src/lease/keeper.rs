//! One lease: taken, kept until lost or given back. The epoch that comes with it fences the writes of whoever held it
//! before (Kleppmann, "How to do distributed locking").

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::Transaction;
use polis_proto::Epoch;
use polis_schema::sql::leases;
use tokio::sync::watch;
use tokio::time::Instant;

use super::Leases;
use super::leases::Ledger;
use crate::database::{DatabaseError, Run};

/// What can be owned, by whom.
#[derive(Clone, Debug)]
pub struct Lease {
    leases: Leases,
    resource: Arc<str>,
}

impl Lease {
    pub(super) fn new(leases: Leases, resource: Arc<str>) -> Self {
        Self { leases, resource }
    }

    /// The resource.
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// How often to look for it.
    pub fn every(&self) -> Duration {
        self.leases.ledger.config.every
    }

    /// Tries to take it; none when another owner has it.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn acquire(&self) -> Result<Option<Held>, DatabaseError> {
        let Ledger { database, owner, config, .. } = &*self.leases.ledger;
        let asked_at = Instant::now();
        let client = database.get().await?;
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 3] =
            [&&*self.resource, &&**owner, &config.ttl.as_secs_f64()];
        let row = client.first(&leases::ACQUIRE, &parameters).await?;
        drop(client);
        Ok(row.map(|row| {
            let epoch = Epoch(row.get(0));
            let lost = self.leases.ledger.enter(&self.resource, epoch, asked_at);
            Held { lease: self.clone(), epoch, lost }
        }))
    }
}

/// A lease that is held and being renewed.
#[derive(Debug)]
pub struct Held {
    lease: Lease,
    epoch: Epoch,
    lost: watch::Receiver<bool>,
}

impl Held {
    /// The fencing epoch.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The resource.
    pub fn resource(&self) -> &str {
        &self.lease.resource
    }

    /// Whether it is known to be lost.
    pub fn is_lost(&self) -> bool {
        *self.lost.borrow()
    }

    /// Waits until it is lost.
    pub async fn lost(&self) {
        // The ledger forgets a lease only with this value, or by saying that it is lost.
        let _ = self.lost.clone().wait_for(|lost| *lost).await;
    }

    /// Commits if the lease is ours until then; otherwise everything in the transaction is undone. Checked as the last
    /// statement, so that its renewal need not wait for a long write.
    ///
    /// # Errors
    /// When the database is away; nothing is committed then, or it is not known.
    pub async fn commit(&self, transaction: Transaction<'_>) -> Result<bool, DatabaseError> {
        let ours = transaction.first(&leases::FENCE, &[&self.resource(), &self.epoch.0]).await?.is_some();
        if ours {
            transaction.commit().await?;
        }
        Ok(ours)
    }

    /// Gives it back, so that the next owner need not wait for it to expire.
    pub async fn release(self) {
        let Ledger { database, owner, .. } = &*self.lease.leases.ledger;
        // From now on it is not renewed any more.
        self.lease.leases.ledger.leave(&self.lease.resource, self.epoch);
        let Ok(client) = database.get().await else { return };
        // If this fails the lease expires by itself.
        let _ = client.run(&leases::RELEASE, &[&vec![&*self.lease.resource], &&**owner, &vec![self.epoch.0]]).await;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.lease.leases.ledger.drop_lease(&self.lease.resource, self.epoch);
    }
}
