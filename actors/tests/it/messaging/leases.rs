//! Leases: one owner at a time, epochs that grow, loss that is noticed.

use std::time::{Duration, Instant};

use polis_actors::lease::{Held, Room, Share};
use polis_schema::Service;

use super::parts::{LEASE, LONG, Parts};

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_has_one_owner_and_a_growing_epoch() {
    let parts = Parts::new("leases", Service::Messaging, 1).await;
    let (first, second) = (parts.leases("one").of("thing"), parts.leases("two").of("thing"));
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
async fn many_leases_are_renewed_together_and_one_that_is_locked_delays_none() {
    let parts = Parts::new("many_leases", Service::Messaging, 1).await;
    let leases = parts.leases("one");
    let mut held = Vec::new();
    for n in 0..200 {
        held.push(leases.of(format!("thing/{n}")).acquire().await.unwrap().unwrap());
    }
    // A long write that has checked its fence: the row stays locked.
    let mut client = parts.database.get().await.unwrap();
    let transaction = client.transaction().await.unwrap();
    transaction.execute("select from leases where resource = 'thing/7' for share", &[]).await.unwrap();
    parts.execute("update leases set epoch = epoch + 1, owner = 'two' where resource = 'thing/9'").await;
    tokio::time::timeout(LONG, held[9].lost()).await.unwrap();
    let began = Instant::now();
    while began.elapsed() < LEASE.ttl * 2 {
        let lost: Vec<_> = held.iter().filter(|held| held.is_lost()).map(Held::resource).collect();
        assert!(lost.iter().all(|lost| matches!(*lost, "thing/7" | "thing/9")), "{lost:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    transaction.rollback().await.unwrap();
    let expired = "select count(*) from leases where owner = 'one' and expires_at < now() and resource <> 'thing/7'";
    assert_eq!(parts.count(expired).await, 0);
    // One that is taken again by its owner has another epoch, and the one before it is lost.
    let again = leases.of("thing/1").acquire().await.unwrap().unwrap();
    assert!(held[1].is_lost() && !again.is_lost());
    drop(held.remove(1));
    tokio::time::sleep(LEASE.ttl * 2).await;
    assert!(!again.is_lost(), "the renewal goes on for the one that holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn shares_follow_who_takes_part() {
    let parts = Parts::new("shares", Service::Messaging, 1).await;
    let first = parts.leases("one").share("pool", 3);
    let mut rooms = rooms(&first, 3).await;
    assert!(first.reserve().is_none(), "no more than its part");
    let second = parts.leases("two").share("pool", 3);
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
