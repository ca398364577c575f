//! Leases: one owner at a time, epochs that grow, loss that is noticed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use polis_actors::lease::{Lease, Room, Share, share};
use polis_schema::Service;

use super::parts::{LEASE, LONG, Parts};

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
    let mut rooms = rooms(&first, 3).await;
    assert!(first.reserve().is_none(), "no more than its part");
    let second = share(&parts.database, "pool", &two, 3, LEASE);
    let newcomer = self::rooms(&second, 1).await;
    tokio::time::timeout(LONG, rooms[0].surplus()).await.unwrap();
    assert!(rooms[0].is_surplus() && !rooms[1].is_surplus() && !rooms[2].is_surplus(), "one is given back, not more");
    rooms.remove(0);
    assert!(first.reserve().is_none(), "what was given back is not room");
    drop((second, newcomer));
    rooms.extend(self::rooms(&first, 1).await);
    first.resize(5);
    assert_eq!(self::rooms(&first, 2).await.len(), 2, "a larger pool is more for everybody");
}

/// That many rooms, as soon as they are to be had.
async fn rooms(share: &Share, count: usize) -> Vec<Room> {
    let mut rooms = Vec::new();
    let began = Instant::now();
    while rooms.len() < count {
        assert!(began.elapsed() < LONG, "only {} of {count} rooms", rooms.len());
        rooms.extend(share.reserve());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    rooms
}
