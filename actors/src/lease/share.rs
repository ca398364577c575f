//! A fair share: how many of a pool's resources this instance should hold, given who else takes part.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

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
    _membership: Arc<Guarded<()>>,
}

impl Share {
    /// Reserves room for one more resource; false when this instance has its part.
    pub fn reserve(&self) -> bool {
        let quota = *self.quota.borrow();
        self.held.fetch_update(Relaxed, Relaxed, |held| (held < quota).then_some(held + 1)).is_ok()
    }

    /// Gives room back.
    pub fn give_back(&self) {
        self.held.fetch_sub(1, Relaxed);
    }

    /// Gives room back if this instance holds more than its part.
    pub fn give_back_surplus(&self) -> bool {
        let quota = *self.quota.borrow();
        self.held.fetch_update(Relaxed, Relaxed, |held| (held > quota).then(|| held - 1)).is_ok()
    }
}

/// Takes part in a pool of `resources`. Membership ends when the last clone is dropped, or when it is not refreshed.
pub fn share(database: &Database, pool: &str, owner: &Arc<str>, resources: usize, config: LeaseConfig) -> Share {
    let (quota, receiver) = watch::channel(0);
    let (database, pool, owner) = (database.clone(), pool.to_owned(), owner.clone());
    let membership = spawn_guarded(async move {
        loop {
            if let Ok(part) = part(&database, &pool, &owner, resources, config).await {
                quota.send_replace(part);
            }
            tokio::time::sleep(config.every).await;
        }
    });
    Share { quota: receiver, held: Arc::default(), _membership: Arc::new(membership) }
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
