//! One lease: taken, renewed until lost or given back. The epoch that comes with it fences the writes of whoever held
//! it before (Kleppmann, "How to do distributed locking").

use std::sync::Arc;
use std::time::Duration;

use polis_proto::Epoch;
use polis_schema::sql::leases;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::database::{Database, DatabaseError, Run};
use crate::runtime::{Guarded, spawn_guarded};

/// Times of leases.
#[derive(Clone, Copy, Debug)]
pub struct LeaseConfig {
    /// How long a lease holds without renewal: how long a dead owner's work stands still.
    pub ttl: Duration,
    /// How often it is renewed, and how often somebody who waits for one looks.
    pub every: Duration,
}

impl Default for LeaseConfig {
    fn default() -> Self {
        Self { ttl: Duration::from_secs(6), every: Duration::from_millis(1500) }
    }
}

/// What can be owned, by whom.
#[derive(Clone, Debug)]
pub struct Lease {
    database: Database,
    resource: Arc<str>,
    owner: Arc<str>,
    config: LeaseConfig,
}

impl Lease {
    /// Names the resource and the owner; takes nothing yet.
    pub fn new(database: &Database, resource: impl Into<Arc<str>>, owner: &Arc<str>, config: LeaseConfig) -> Self {
        Self { database: database.clone(), resource: resource.into(), owner: owner.clone(), config }
    }

    /// The resource.
    pub fn resource(&self) -> &str {
        &self.resource
    }

    /// How often to look for it.
    pub fn every(&self) -> Duration {
        self.config.every
    }

    /// Tries to take it; none when another owner has it.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn acquire(&self) -> Result<Option<Held>, DatabaseError> {
        let seconds = self.config.ttl.as_secs_f64();
        let asked_at = Instant::now();
        let client = self.database.get().await?;
        let row = client.first(&leases::ACQUIRE, &[&&*self.resource, &&*self.owner, &seconds]).await?;
        drop(client);
        Ok(row.map(|row| Held::start(self.clone(), Epoch(row.get(0)), asked_at)))
    }

    async fn renew(&self, epoch: Epoch) -> Result<bool, DatabaseError> {
        let seconds = self.config.ttl.as_secs_f64();
        let client = self.database.get().await?;
        Ok(client.run(&leases::RENEW, &[&&*self.resource, &&*self.owner, &epoch.0, &seconds]).await? == 1)
    }
}

/// A lease that is held and being renewed.
#[derive(Debug)]
pub struct Held {
    lease: Lease,
    epoch: Epoch,
    lost: watch::Receiver<bool>,
    _renewal: Guarded<()>,
}

impl Held {
    fn start(lease: Lease, epoch: Epoch, asked_at: Instant) -> Self {
        let (lose, lost) = watch::channel(false);
        let renewing = lease.clone();
        let renewal = spawn_guarded(async move {
            // Counted from before the request, so that we never believe longer than the database does.
            let mut until = asked_at + renewing.config.ttl;
            loop {
                tokio::time::sleep(renewing.config.every).await;
                let asked_at = Instant::now();
                let answer = tokio::time::timeout_at(until, renewing.renew(epoch)).await;
                match answer {
                    Ok(Ok(true)) => until = asked_at + renewing.config.ttl,
                    Ok(Ok(false)) => break,
                    Ok(Err(_)) | Err(_) if Instant::now() >= until => break,
                    Ok(Err(_)) | Err(_) => {}
                }
            }
            tracing::warn!(resource = &*renewing.resource, "lease lost");
            lose.send_replace(true);
        });
        Self { lease, epoch, lost, _renewal: renewal }
    }

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
        // The renewal ends only by losing the lease.
        let _ = self.lost.clone().wait_for(|lost| *lost).await;
    }

    /// Gives it back, so that the next owner need not wait for it to expire.
    pub async fn release(self) {
        let Ok(client) = self.lease.database.get().await else { return };
        // If this fails the lease expires by itself.
        let _ = client.run(&leases::RELEASE, &[&&*self.lease.resource, &&*self.lease.owner, &self.epoch.0]).await;
    }
}
