//! The consumer: effects exactly once, dead letters with their reason, hand-over without loss.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use deadpool_postgres::Transaction;
use polis_actors::consumer::{Applying, ConsumerConfig, ConsumerSpec, Incoming, Projection, ProjectionError};
use polis_actors::runtime::{Background, tree};
use polis_proto::{Envelope, EventId};
use polis_schema::Service;
use uuid::Uuid;

use super::parts::{LONG, Parts, record, stopped, until};

/// Writes each text into a table; some texts are not to its taste.
#[derive(Default)]
struct Notes {
    /// While set, the table is as good as gone.
    locked: AtomicBool,
}

impl Projection for Notes {
    type Event = String;

    fn decode(&self, envelope: &Envelope) -> Result<String, String> {
        let text = String::from_utf8(envelope.data.to_vec()).map_err(|error| format!("not text: {error}"))?;
        assert!(text != "decode panics", "cannot read {text}");
        Ok(text)
    }

    fn apply<'a>(&'a self, transaction: &'a Transaction<'a>, batch: &'a [&'a Incoming<String>]) -> Applying<'a> {
        Box::pin(async move {
            if self.locked.load(Relaxed) {
                // What a server says that is going down.
                let gone = "do $$ begin raise exception 'gone' using errcode = '57P01'; end $$";
                transaction.batch_execute(gone).await.map_err(|error| ProjectionError::Database(error.into()))?;
            }
            assert!(batch.iter().all(|i| i.event != "apply panics"), "cannot apply");
            if let Some(bad) = batch.iter().find(|i| i.event == "reject") {
                return Err(ProjectionError::Rejected(format!("{} is rejected", bad.envelope.subject)));
            }
            let keys: Vec<&str> = batch.iter().map(|i| i.envelope.subject.as_str()).collect();
            let texts: Vec<&str> = batch.iter().map(|i| i.event.as_str()).collect();
            transaction
                .execute("insert into notes (key, text) select * from unnest($1::text[], $2::text[])", &[&keys, &texts])
                .await
                .map_err(|error| ProjectionError::Database(error.into()))?;
            Ok(())
        })
    }
}

async fn parts(name: &str, partitions: i32) -> Parts {
    let parts = Parts::new(name, Service::Messaging, partitions).await;
    parts
        .execute("create table notes (n bigint generated always as identity, key text not null, text text not null)")
        .await;
    parts
}

async fn consuming(parts: &Parts, projection: Arc<Notes>, owner: &str) -> Background {
    let config = ConsumerConfig::new("notes", &parts.topic, parts.partitions);
    let spec = ConsumerSpec {
        projection,
        database: parts.database.clone(),
        broker: parts.broker.clone(),
        leases: parts.leases(owner),
        config,
    };
    Background::start("consumer", |placer| (spec.build(placer).1, ())).await.unwrap().0
}

async fn notes(parts: &Parts) -> Vec<(String, String)> {
    let client = parts.database.get().await.unwrap();
    let rows = client.query("select key, text from notes order by n", &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

async fn until_at(parts: &Parts, partition: i32, offset: i64) {
    until(LONG, "the offset is reached", || async {
        let sql = format!("select coalesce(max(next_offset), 0) from consumer_offsets where partition = {partition}");
        parts.count(&sql).await == offset
    })
    .await;
}

fn id() -> Uuid {
    EventId::generate().0
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
}

async fn dead_letters(parts: &Parts) -> Vec<(String, String, String)> {
    let client = parts.database.get().await.unwrap();
    let rows = client.query("select key, cause, reason from dead_letters order by record_offset", &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_twice_has_its_effects_once() {
    let parts = parts("consumer_twice", 1).await;
    let (one, two) = (id(), id());
    parts.produce(0, vec![record("a", one, b"1"), record("a", one, b"1"), record("b", two, b"2")]).await;
    let tree = consuming(&parts, Arc::default(), "one").await;
    until_at(&parts, 0, 3).await;
    parts.produce(0, vec![record("b", two, b"2"), record("a", id(), b"3")]).await;
    until_at(&parts, 0, 5).await;
    assert_eq!(notes(&parts).await, pairs(&[("a", "1"), ("b", "2"), ("a", "3")]));
    stopped(tree).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_record_is_set_aside_and_holds_up_only_its_key() {
    let parts = parts("consumer_bad", 1).await;
    let mut no_id = record("h", id(), b"x");
    no_id.headers.remove("ce_id");
    let mut no_value = record("v", id(), b"x");
    no_value.value = None;
    let records = vec![
        record("a", id(), b"1"),
        record("bad", id(), b"reject"),
        record("b", id(), b"2"),
        record("bad", id(), b"behind it"),
        record("bytes", id(), &[0xff, 0xfe]),
        record("nul\0key", id(), &[0xff]),
        no_id,
        no_value,
        record("p", id(), b"apply panics"),
        record("d", id(), b"decode panics"),
        record("c", id(), b"3"),
    ];
    let count = i64::try_from(records.len()).unwrap();
    parts.produce(0, records).await;
    let tree = consuming(&parts, Arc::default(), "one").await;
    until_at(&parts, 0, count).await;
    assert_eq!(notes(&parts).await, pairs(&[("a", "1"), ("b", "2"), ("c", "3")]));
    let letters = dead_letters(&parts).await;
    let causes: Vec<_> = letters.iter().map(|(key, cause, _)| (key.as_str(), cause.as_str())).collect();
    assert_eq!(
        causes,
        [
            ("bad", "rejected"),
            ("bad", "behind"),
            ("bytes", "decode"),
            ("nul\u{fffd}key", "decode"),
            ("h", "decode"),
            ("v", "decode"),
            ("p", "panicked"),
            ("d", "panicked"),
        ]
    );
    let reason = |at: usize| letters[at].2.as_str();
    assert!(reason(0).contains("bad is rejected"), "{}", reason(0));
    assert!(reason(4).contains("ce_id"), "{}", reason(4));
    assert!(reason(6).contains("cannot apply"), "{}", reason(6));

    // The next owner knows which keys wait.
    stopped(tree).await;
    parts.produce(0, vec![record("bad", id(), b"later"), record("a", id(), b"4")]).await;
    let tree = consuming(&parts, Arc::default(), "two").await;
    until_at(&parts, 0, count + 2).await;
    assert_eq!(notes(&parts).await.last().unwrap().1, "4");
    assert_eq!(dead_letters(&parts).await.last().unwrap().1, "behind");
    stopped(tree).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passing_error_is_waited_out_at_the_head() {
    let parts = parts("consumer_passing", 1).await;
    let projection = Arc::new(Notes::default());
    projection.locked.store(true, Relaxed);
    parts.produce(0, vec![record("a", id(), b"1"), record("b", id(), b"2")]).await;
    let tree = consuming(&parts, projection.clone(), "one").await;
    until(LONG, "the partition says that it waits", || async {
        let node = self::tree(tree.root());
        node.find("partition-0").unwrap().health == polis_actors::runtime::Health::Degraded
    })
    .await;
    assert!(notes(&parts).await.is_empty());
    projection.locked.store(false, Relaxed);
    until_at(&parts, 0, 2).await;
    assert_eq!(notes(&parts).await.len(), 2);
    assert!(dead_letters(&parts).await.is_empty(), "what passes is no dead letter");
    assert_eq!(self::tree(tree.root()).find("partition-0").unwrap().restarts, 0);
    stopped(tree).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_are_shared_and_handed_over_without_loss_or_repetition() {
    let parts = parts("consumer_shared", 4).await;
    let one = consuming(&parts, Arc::default(), "one").await;
    let owned = |owner: &'static str| {
        let parts = &parts;
        async move {
            let sql = format!("select count(*) from leases where owner = '{owner}' and expires_at > now()");
            parts.count(&sql).await
        }
    };
    until(LONG, "a lone instance owns everything", || async { owned("one").await == 4 }).await;
    let send = |from: u32| {
        let parts = &parts;
        async move {
            for partition in 0..4 {
                let numbers =
                    (from..from + 25).map(|n| record(&format!("k{partition}"), id(), n.to_string().as_bytes()));
                parts.produce(partition, numbers.collect()).await;
            }
        }
    };
    send(0).await;
    let two = consuming(&parts, Arc::default(), "two").await;
    send(25).await;
    until(LONG, "two instances own half each", || async { (owned("one").await, owned("two").await) == (2, 2) }).await;
    send(50).await;
    stopped(one).await;
    send(75).await;
    until(LONG, "the survivor owns everything", || async { owned("two").await == 4 }).await;
    for partition in 0..4 {
        until_at(&parts, partition, 100).await;
    }
    let mut by_key: HashMap<String, Vec<u32>> = HashMap::new();
    for (key, text) in notes(&parts).await {
        by_key.entry(key).or_default().push(text.parse().unwrap());
    }
    let expected: Vec<u32> = (0..100).collect();
    assert!(by_key.len() == 4 && by_key.values().all(|numbers| *numbers == expected), "{by_key:?}");
    stopped(two).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_lost_its_partition_keeps_nothing_of_its_batch() {
    let parts = parts("consumer_fenced", 1).await;
    let tree = consuming(&parts, Arc::default(), "one").await;
    parts.produce(0, vec![record("a", id(), b"1")]).await;
    until_at(&parts, 0, 1).await;
    parts.execute("update consumer_offsets set epoch = epoch + 100").await;
    parts.produce(0, vec![record("a", id(), b"2")]).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(notes(&parts).await.len(), 1, "the offset row belongs to a later epoch");
    stopped(tree).await;
}
