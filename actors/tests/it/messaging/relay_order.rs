//! The relay and the order of commits: late ones are published, rolled back ones hold nothing up, keys keep their order.

use std::collections::HashMap;

use polis_schema::Service;

use super::parts::{LONG, Parts, append, running, stopped, until};
use super::relay::{all_marked, relay};

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_commits_late_with_a_lower_sequence_is_published() {
    let parts = Parts::new("relay_late", Service::Aggregator, 2).await;
    let tree = running(vec![relay(&parts, "one").build().1]).await;
    let mut late_client = parts.database.get().await.unwrap();
    let late = late_client.transaction().await.unwrap();
    append(&late, &parts.topic, &[("late/1", b"late")]).await;
    let mut rolled_client = parts.database.get().await.unwrap();
    let rolled = rolled_client.transaction().await.unwrap();
    append(&rolled, &parts.topic, &[("gone/1", b"gone")]).await;

    parts.append(&[("early/1", b"early")]).await;
    until(LONG, "the later sequence is sent first", || async {
        parts.count("select count(*) from product_events where sent is not null").await == 1
    })
    .await;
    // The floor may not pass what is in flight.
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    let floor = || async { parts.count("select coalesce(max(floor_seq), 0) from outbox_floors").await };
    assert_eq!(floor().await, 0);

    rolled.rollback().await.unwrap();
    late.commit().await.unwrap();
    all_marked(&parts).await;
    let values: Vec<_> = parts.records().await.into_iter().map(|r| r.record.value.unwrap()).collect();
    assert_eq!(values.len(), 2);
    assert!(values.contains(&b"late".to_vec()));
    until(LONG, "the floor passes the row that was rolled back", || async { floor().await >= 3 }).await;
    stopped(tree).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_at_once_lose_nothing_and_keep_the_order_of_each_key() {
    let parts = std::sync::Arc::new(Parts::new("relay_many", Service::Aggregator, 4).await);
    let tree = running(vec![relay(&parts, "one").build().1]).await;
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let parts = parts.clone();
            tokio::task::spawn(async move {
                let mut client = parts.database.get().await.unwrap();
                for n in 0..60 {
                    let transaction = client.transaction().await.unwrap();
                    let (key, value) = (format!("key/{writer}"), format!("{n}"));
                    append(&transaction, &parts.topic, &[(&key, value.as_bytes())]).await;
                    // Transactions overlap, and some leave holes in the sequence.
                    tokio::task::yield_now().await;
                    if n % 7 == 3 {
                        transaction.rollback().await.unwrap();
                    } else {
                        transaction.commit().await.unwrap();
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    all_marked(&parts).await;
    stopped(tree).await;
    let mut by_key: HashMap<Vec<u8>, Vec<u32>> = HashMap::new();
    for record in parts.records().await {
        let number = String::from_utf8(record.record.value.unwrap()).unwrap().parse().unwrap();
        by_key.entry(record.record.key.unwrap()).or_default().push(number);
    }
    let expected: Vec<u32> = (0..60).filter(|n| n % 7 != 3).collect();
    assert_eq!(by_key.len(), 8);
    assert!(by_key.values().all(|numbers| *numbers == expected), "{by_key:?}");
}
