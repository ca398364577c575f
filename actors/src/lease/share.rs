//! A fair share: how many of a pool's resources this instance should hold, given who else takes part.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use polis_schema::sql::leases;
use tokio::sync::watch;

use super::LeaseConfig;
use crate::database::{Database, DatabaseError, Run};
use crate::runtime::{Guarded, spawn_guarded};

/// This instance's part of a pool. Clones share the count.
#[derive(Clone, Debug)]
pub struct Share {
    quota: watch::Receiver<usize>,
    held: Arc<AtomicUsize>,
    resources: Arc<AtomicUsize>,
    _membership: Arc<Guarded<()>>,
}

/// Room for one resource, given back when dropped.
#[derive(Debug)]
pub struct Room {
    share: Share,
    given_back: AtomicBool,
}

impl Share {
    /// Room for one more resource; none when this instance has its part.
    pub fn reserve(&self) -> Option<Room> {
        let quota = *self.quota.borrow();
        let fits = self.held.fetch_update(Relaxed, Relaxed, |held| (held < quota).then_some(held + 1)).is_ok();
        fits.then(|| Room { share: self.clone(), given_back: AtomicBool::new(false) })
    }

    /// Says how many resources the pool has now.
    pub fn resize(&self, resources: usize) {
        self.resources.store(resources, Relaxed);
    }
}

impl Room {
    /// Whether this instance holds more than its part and this room is what it gives back: the resource is to be handed
    /// over. Once true it stays so.
    pub fn is_surplus(&self) -> bool {
        if self.given_back.load(Relaxed) {
            return true;
        }
        let quota = *self.share.quota.borrow();
        let surplus = self.share.held.fetch_update(Relaxed, Relaxed, |held| (held > quota).then(|| held - 1)).is_ok();
        self.given_back.store(surplus, Relaxed);
        surplus
    }

    /// Waits until it is surplus.
    pub async fn surplus(&self) {
        let mut quota = self.share.quota.clone();
        while !self.is_surplus() {
            if quota.changed().await.is_err() {
                // Nobody counts any more: the part stays as it is.
                std::future::pending::<()>().await;
            }
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if !self.given_back.load(Relaxed) {
            self.share.held.fetch_sub(1, Relaxed);
        }
    }
}

/// Takes part in a pool of `resources`. Membership ends when the last clone is dropped, or when it is not refreshed.
pub(super) fn share(database: &Database, pool: &str, owner: &Arc<str>, resources: usize, config: LeaseConfig) -> Share {
    let (quota, receiver) = watch::channel(0);
    let (database, pool, owner) = (database.clone(), pool.to_owned(), owner.clone());
    let resources = Arc::new(AtomicUsize::new(resources));
    let counted = resources.clone();
    let membership = spawn_guarded(async move {
        loop {
            if let Ok(part) = part(&database, &pool, &owner, counted.load(Relaxed), config).await {
                quota.send_if_modified(|known| std::mem::replace(known, part) != part);
            }
            tokio::time::sleep(config.every).await;
        }
    });
    Share { quota: receiver, held: Arc::default(), resources, _membership: Arc::new(membership) }
}

async fn part(
    database: &Database, pool: &str, owner: &Arc<str>, resources: usize, config: LeaseConfig,
) -> Result<usize, DatabaseError> {
    let client = database.get().await?;
    client.run(&leases::ANNOUNCE, &[&pool, &&**owner]).await?;
    let rows = client.all(&leases::MEMBERS, &[&pool, &config.ttl.as_secs_f64()]).await?;
    let members: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    Ok(fair(resources, members.len(), members.iter().position(|member| **member == **owner)))
}

/// Everybody gets the same, and the first few one more until nothing is left.
fn fair(resources: usize, members: usize, rank: Option<usize>) -> usize {
    let Some(rank) = rank else { return 0 };
    resources / members + usize::from(rank < resources % members)
}

#[cfg(test)]
mod tests {
    use super::fair;

    #[test]
    fn shares_add_up_and_differ_by_one_at_most() {
        for members in 1..20 {
            let parts: Vec<_> = (0..members).map(|rank| fair(12, members, Some(rank))).collect();
            assert_eq!(parts.iter().sum::<usize>(), 12);
            assert!(parts.iter().max().unwrap() - parts.iter().min().unwrap() <= 1);
        }
        assert_eq!(fair(12, 3, None), 0);
    }
}
