//! The leases of one instance. All that it holds are renewed together, by one statement, however many they are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use polis_proto::Epoch;
use polis_schema::sql::leases;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::{Lease, Share, share};
use crate::database::{Database, DatabaseError, Run};
use crate::runtime::{Guarded, spawn_guarded};

/// Times of leases.
#[derive(Clone, Copy, Debug)]
pub struct LeaseConfig {
    /// How long a lease holds without renewal: how long a dead owner's work stands still.
    pub ttl: Duration,
    /// How often leases are renewed, and how often somebody who waits for one looks.
    pub every: Duration,
}

impl Default for LeaseConfig {
    fn default() -> Self {
        Self { ttl: Duration::from_secs(6), every: Duration::from_millis(1500) }
    }
}

/// The leases of one instance. Clones share the renewal.
#[derive(Clone, Debug)]
pub struct Leases {
    pub(super) ledger: Arc<Ledger>,
    _renewal: Arc<Guarded<()>>,
}

/// What is held, and what is needed to keep it.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) database: Database,
    /// Renewal must not wait for the very work that the leases protect.
    renewing: Database,
    pub(super) owner: Arc<str>,
    pub(super) config: LeaseConfig,
    held: Mutex<HashMap<Arc<str>, Entry>>,
    /// Leases that were dropped: the next owner need not wait for them to expire.
    dropped: Mutex<Vec<(Arc<str>, Epoch)>>,
    is_dropped: Notify,
}

#[derive(Debug)]
struct Entry {
    epoch: Epoch,
    /// Counted from before the request, so that we never believe longer than the database does.
    until: Instant,
    lost: watch::Sender<bool>,
}

impl Leases {
    /// Leases in this database, for this instance. Call it on the process's runtime: it renews from now on.
    pub fn new(database: &Database, owner: &Arc<str>, config: LeaseConfig) -> Self {
        let renewing = database.apart();
        let ledger = Arc::new(Ledger {
            database: database.clone(),
            renewing,
            owner: owner.clone(),
            config,
            held: Mutex::default(),
            dropped: Mutex::default(),
            is_dropped: Notify::new(),
        });
        let renewing = ledger.clone();
        let renewal = spawn_guarded(async move {
            loop {
                let next = Instant::now() + renewing.config.every;
                tokio::select! {
                    () = tokio::time::sleep_until(renewing.first_end().map_or(next, |end| end.min(next))) => renewing.keep().await,
                    () = renewing.is_dropped.notified() => renewing.give_back().await,
                }
            }
        });
        Self { ledger, _renewal: Arc::new(renewal) }
    }

    /// Names a resource; takes nothing yet.
    pub fn of(&self, resource: impl Into<Arc<str>>) -> Lease {
        Lease::new(self.clone(), resource.into())
    }

    /// Takes part in a pool of resources. Membership ends when the last clone is dropped, or when it is not refreshed.
    pub fn share(&self, pool: &str, resources: usize) -> Share {
        let Ledger { database, owner, config, .. } = &*self.ledger;
        share(database, pool, owner, resources, *config)
    }

    /// Which instance this is.
    pub fn owner(&self) -> &Arc<str> {
        &self.ledger.owner
    }
}

impl Ledger {
    fn held(&self) -> MutexGuard<'_, HashMap<Arc<str>, Entry>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the first of them ends, unless it is renewed.
    fn first_end(&self) -> Option<Instant> {
        self.held().values().map(|entry| entry.until).min()
    }

    /// A lease that was taken; the receiver learns when it is lost.
    pub(super) fn enter(&self, resource: &Arc<str>, epoch: Epoch, asked_at: Instant) -> watch::Receiver<bool> {
        let (lost, receiver) = watch::channel(false);
        let entry = Entry { epoch, until: asked_at + self.config.ttl, lost };
        // An earlier one of ours is lost: the database has given the resource another epoch.
        if let Some(earlier) = self.held().insert(resource.clone(), entry) {
            earlier.lost.send_replace(true);
        }
        receiver
    }

    /// A lease that is not renewed any more; whether it was ours until now.
    pub(super) fn leave(&self, resource: &str, epoch: Epoch) -> bool {
        let mut held = self.held();
        let ours = held.get(resource).is_some_and(|entry| entry.epoch == epoch);
        if ours {
            held.remove(resource);
        }
        ours
    }

    /// A lease that whoever held it has dropped: it is given back in the background.
    pub(super) fn drop_lease(&self, resource: &Arc<str>, epoch: Epoch) {
        if self.leave(resource, epoch) {
            self.dropped.lock().unwrap_or_else(PoisonError::into_inner).push((resource.clone(), epoch));
            self.is_dropped.notify_one();
        }
    }

    /// No longer than what is still held can wait to be renewed. If it fails they expire by themselves.
    async fn give_back(&self) {
        let dropped = std::mem::take(&mut *self.dropped.lock().unwrap_or_else(PoisonError::into_inner));
        let (resources, epochs): (Vec<&str>, Vec<i64>) =
            dropped.iter().map(|(resource, epoch)| (&**resource, epoch.0)).unzip();
        let until = self.first_end().unwrap_or_else(|| Instant::now() + self.config.ttl);
        let release = async {
            let client = self.renewing.get().await?;
            client.run(&leases::RELEASE, &[&resources, &&*self.owner, &epochs]).await
        };
        let _ = tokio::time::timeout_at(until.min(Instant::now() + self.config.every), release).await;
    }

    /// Renews all, and says which are lost.
    async fn keep(&self) {
        let (resources, epochs): (Vec<Arc<str>>, Vec<i64>) = {
            let held = self.held();
            (held.keys().cloned().collect(), held.values().map(|entry| entry.epoch.0).collect())
        };
        let Some(first) = self.first_end() else { return };
        let asked_at = Instant::now();
        let answer = tokio::time::timeout_at(first, self.renew(&resources, &epochs)).await;
        let mut held = self.held();
        if let Ok(Ok(answers)) = answer {
            for ((resource, epoch), (renewed, ours)) in resources.iter().zip(epochs).zip(answers) {
                let Some(entry) = held.get_mut(resource).filter(|entry| entry.epoch.0 == epoch) else { continue };
                if renewed {
                    entry.until = asked_at + self.config.ttl;
                } else if !ours {
                    entry.until = asked_at;
                }
            }
        }
        let now = Instant::now();
        held.retain(|resource, entry| {
            if entry.until > now {
                return true;
            }
            tracing::warn!(resource = &**resource, "lease lost");
            entry.lost.send_replace(true);
            false
        });
    }

    /// For each lease: whether it was renewed, and whether it is still ours. One whose row is locked is not waited for.
    async fn renew(&self, resources: &[Arc<str>], epochs: &[i64]) -> Result<Vec<(bool, bool)>, DatabaseError> {
        let names: Vec<&str> = resources.iter().map(|resource| &**resource).collect();
        let seconds = self.config.ttl.as_secs_f64();
        let client = self.renewing.get().await?;
        let rows = client.all(&leases::RENEW, &[&&*self.owner, &names, &epochs, &seconds]).await?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }
}
