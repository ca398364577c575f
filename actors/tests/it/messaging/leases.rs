//! Leases: one owner at a time, epochs that grow, loss that is noticed.

use std::sync::Arc;

use polis_actors::lease::{Lease, share};
use polis_schema::Service;

use super::parts::{LEASE, LONG, Parts, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_has_one_owner_and_a_growing_epoch() {
    let parts = Parts::new("leases", Service::Messaging, 1).await;
    let (one, two): (Arc<str>, Arc<str>) = ("one".into(), "two".into());
    let first = Lease::new(&parts.database, "thing", &one, LEASE);
    let second = Lease::new(&parts.database, "thing", &two, LEASE);
    let held = first.acquire().await.unwrap().unwrap();
    assert!(second.acquire().await.unwrap().is_none());
    // Renewed for longer than it would hold by itself.
    tokio::time::sleep(LEASE.ttl * 2).await;
    assert!(second.acquire().await.unwrap().is_none() && !held.is_lost());
    let epoch = held.epoch();
    held.release().await;
    let taken = second.acquire().await.unwrap().unwrap();
    assert!(taken.epoch() > epoch);

    parts.execute("update leases set owner = 'somebody', epoch = epoch + 1").await;
    tokio::time::timeout(LONG, taken.lost()).await.unwrap();
    assert!(taken.is_lost());
}

#[tokio::test(flavor = "multi_thread")]
async fn shares_follow_who_takes_part() {
    let parts = Parts::new("shares", Service::Messaging, 1).await;
    let (one, two): (Arc<str>, Arc<str>) = ("one".into(), "two".into());
    let first = share(&parts.database, "pool", &one, 3, LEASE);
    until(LONG, "a lone member gets all", || async { first.reserve() }).await;
    assert!(first.reserve() && first.reserve() && !first.reserve());
    let second = share(&parts.database, "pool", &two, 3, LEASE);
    until(LONG, "the newcomer gets its part", || async { second.reserve() }).await;
    until(LONG, "the first gives back what it has too much", || async { first.give_back_surplus() }).await;
    assert!(!first.give_back_surplus(), "and no more than that");
    drop(second);
    until(LONG, "who is gone has no part", || async { first.reserve() }).await;
}
