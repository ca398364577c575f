//! The relay: everything is published, what is refused stops only its key, an old owner cannot mark.

use std::collections::HashSet;
use std::time::Duration;

use polis_actors::relay::{PRODUCT_EVENTS, RelayConfig, RelaySpec};
use polis_actors::runtime::tree;
use polis_proto::Envelope;
use polis_schema::Service;
use polis_stack::{Halt, Parts as StackParts, Resume, Stack};

use super::parts::{LONG, Parts, running, stopped, until};

pub fn relay(parts: &Parts, owner: &str) -> RelaySpec {
    let mut config = RelayConfig::for_topics(vec![(parts.topic.clone(), parts.partitions)]);
    config.slow_poll = Duration::from_millis(200);
    RelaySpec {
        outbox: PRODUCT_EVENTS,
        database: parts.database.clone(),
        broker: parts.broker.clone(),
        leases: parts.leases(owner),
        config,
    }
}

pub async fn all_marked(parts: &Parts) {
    until(LONG, "every row is marked", || async {
        parts.count("select count(*) from product_events where sent is null").await == 0
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_becomes_a_record_of_its_key_with_cloudevents_headers() {
    let parts = Parts::new("relay_all", Service::Aggregator, 3).await;
    let keys: Vec<String> = (0..50).map(|n| format!("insurer/{n}")).collect();
    let rows: Vec<(&str, &[u8])> = keys.iter().map(|key| (key.as_str(), key.as_bytes())).collect();
    let before = parts.append(&rows).await;
    let tree = running(vec![relay(&parts, "one").build().1]).await;
    all_marked(&parts).await;
    let after = parts.append(&rows).await;
    all_marked(&parts).await;
    until(LONG, "the floor is saved: a new relay need not read from the beginning", || async {
        parts.count("select coalesce(max(floor_seq), 0) from outbox_floors").await == 100
    })
    .await;
    stopped(tree).await;

    let records = parts.records().await;
    let ids: HashSet<_> = before.into_iter().chain(after).collect();
    let seen: Vec<_> = records
        .iter()
        .map(|r| Envelope::from_record(&r.record.headers, r.record.value.clone().map(Into::into)).unwrap())
        .collect();
    assert_eq!(seen.iter().map(|envelope| envelope.id.0).collect::<HashSet<_>>(), ids);
    assert_eq!(seen.len(), 100, "nothing is sent twice when nothing fails");
    for (envelope, record) in seen.iter().zip(&records) {
        assert_eq!(envelope.source, "/test");
        assert_eq!(envelope.kind, "test.Event");
        assert_eq!(record.record.key.as_deref(), Some(envelope.subject.as_bytes()));
        assert_eq!(&*envelope.data, envelope.subject.as_bytes());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_the_broker_refuses_parks_its_key_and_no_other() {
    let parts = Parts::new("relay_parked", Service::Aggregator, 1).await;
    let large = vec![7u8; 2 << 20];
    let rows: [(&str, &[u8]); 5] =
        [("a/1", b"first"), ("a/1", &large), ("a/1", b"behind"), ("b/2", b"other"), ("b/2", b"another")];
    parts.append(&rows).await;
    let tree = running(vec![relay(&parts, "one").build().1]).await;
    until(LONG, "the key is parked and the others are sent", || async {
        parts.count("select count(*) from outbox_parked_keys").await == 1
            && parts.count("select count(*) from product_events where sent is not null").await == 3
    })
    .await;
    let node = self::tree(tree.root());
    assert!(node.find("relay-product_events").unwrap().status.contains("a/1"), "the parked key is shown in the tree");
    let sent = |records: Vec<rskafka::record::RecordAndOffset>| -> Vec<String> {
        records.into_iter().map(|r| String::from_utf8(r.record.value.unwrap()).unwrap()).collect()
    };
    assert_eq!(sent(parts.records().await), ["first", "other", "another"]);

    // A person mends the row and lets the key go: its rows follow in order.
    parts.execute("update product_events set payload = 'mended' where octet_length(payload) > 1000000").await;
    parts.execute("delete from outbox_parked_keys").await;
    all_marked(&parts).await;
    assert_eq!(sent(parts.records().await)[3..], ["mended", "behind"]);
    stopped(tree).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_for_an_unknown_topic_parks_its_key_and_no_other() {
    let parts = Parts::new("relay_topic", Service::Aggregator, 1).await;
    parts.append(&[("a/1", b"x"), ("b/2", b"y")]).await;
    parts.execute("update product_events set topic = 'no.such.topic' where key = 'a/1'").await;
    let tree = running(vec![relay(&parts, "one").build().1]).await;
    until(LONG, "one is parked, one is sent", || async {
        parts.count("select count(*) from outbox_parked_keys where reason like '%no.such.topic%'").await == 1
            && parts.count("select count(*) from product_events where sent is not null").await == 1
    })
    .await;
    stopped(tree).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_no_writer_of_ours_wrote_parks_its_key_and_no_other() {
    let parts = Parts::new("relay_headers", Service::Aggregator, 1).await;
    parts.append(&[("a/1", b"x"), ("b/2", b"y")]).await;
    parts.execute("update product_events set headers = '{\"nonsense\": 1}' where key = 'a/1'").await;
    let tree = running(vec![relay(&parts, "one").build().1]).await;
    until(LONG, "one is parked, one is sent", || async {
        parts.count("select count(*) from outbox_parked_keys where reason like '%column headers%nonsense%'").await == 1
            && parts.count("select count(*) from product_events where sent is not null").await == 1
    })
    .await;
    stopped(tree).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_larger_than_a_page_all_arrive() {
    let parts = Parts::new("relay_pages", Service::Aggregator, 1).await;
    let rows: Vec<(String, Vec<u8>)> =
        (0..60).map(|n| (format!("a/{n}"), vec![b'x'; if n % 2 == 0 { 1 } else { 40_000 }])).collect();
    let rows: Vec<(&str, &[u8])> = rows.iter().map(|(key, value)| (key.as_str(), value.as_slice())).collect();
    parts.append(&rows).await;
    let mut spec = relay(&parts, "one");
    spec.config.page_bytes = 100_000;
    spec.config.most_bytes = 200_000;
    let tree = running(vec![spec.build().1]).await;
    until(LONG, "all are sent", || async {
        parts.count("select count(*) from product_events where sent is null").await == 0
    })
    .await;
    let keys: Vec<_> = parts.records().await.into_iter().filter_map(|r| r.record.key).collect();
    let expected: Vec<_> = rows.iter().map(|(key, _)| key.as_bytes().to_vec()).collect();
    assert_eq!(keys, expected, "each once and in order");
    stopped(tree).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_that_lost_its_lease_cannot_mark() {
    let parts = Parts::new("relay_fenced", Service::Aggregator, 1).await;
    let tree = running(vec![relay(&parts, "one").build().1]).await;
    parts.append(&[("a/1", b"x")]).await;
    all_marked(&parts).await;
    // Another instance takes over, as after a long pause of the first.
    parts.execute("update leases set owner = 'two', epoch = epoch + 1, expires_at = now() + interval '1 hour'").await;
    parts.append(&[("a/1", b"y")]).await;
    until(LONG, "the first owner knows", || async { tree_status(&tree).contains("another instance") }).await;
    assert_eq!(parts.count("select count(*) from product_events where sent is null").await, 1);
    stopped(tree).await;
}

fn tree_status(background: &polis_actors::runtime::Background) -> String {
    tree(background.root()).find("relay-product_events").unwrap().status.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_down_is_waited_for() {
    // A broker of its own: the other tests need theirs.
    let stack = Stack::start(StackParts::ephemeral().unwrap()).await.unwrap();
    let mut parts = Parts::new("relay_down", Service::Aggregator, 2).await;
    let brokers = stack.addresses().kafka.clone();
    parts.broker =
        polis_actors::kafka::Broker::new(&polis_actors::kafka::KafkaConfig { brokers: brokers.clone() }, "down");
    let client = rskafka::client::ClientBuilder::new(vec![brokers]).build().await.unwrap();
    client.controller_client().unwrap().create_topic(&parts.topic, 2, 1, 10_000).await.unwrap();
    let tree = running(vec![relay(&parts, "one").build().1]).await;
    parts.append(&[("a/1", b"1"), ("b/2", b"1")]).await;
    all_marked(&parts).await;

    let kafka = stack.kafka_process().unwrap();
    kafka.ask(Halt(nix::sys::signal::Signal::SIGKILL), LONG).await.map_err(|e| e.to_string()).unwrap();
    let down_since = tokio::time::Instant::now();
    for n in 0..20 {
        parts.append(&[("a/1", format!("late {n}").as_bytes()), ("b/2", b"2")]).await;
    }
    until(LONG, "the relay says what is down", || async { tree_status(&tree).contains("kafka") }).await;
    tokio::time::sleep_until(down_since + Duration::from_secs(20)).await;
    assert_eq!(parts.count("select count(*) from product_events where sent is null").await, 40, "all of it waits");
    let node = self::tree(tree.root());
    assert_eq!(node.find("relay-product_events").unwrap().restarts, 0, "a broker that is down is a state, not a crash");

    kafka.ask(Resume, LONG).await.map_err(|e| e.to_string()).unwrap();
    stack.until_ready().await.unwrap();
    all_marked(&parts).await;
    let records = parts.records().await;
    let mut order: Vec<String> = Vec::new();
    for record in records.into_iter().filter(|r| r.record.key.as_deref() == Some(b"a/1")) {
        let value = String::from_utf8(record.record.value.unwrap()).unwrap();
        // A request whose answer was lost is repeated: the first copy counts, as the inbox sees it.
        if !order.contains(&value) {
            order.push(value);
        }
    }
    let expected: Vec<String> = std::iter::once("1".to_owned()).chain((0..20).map(|n| format!("late {n}"))).collect();
    assert_eq!(order, expected);
    stopped(tree).await;
    tokio::task::spawn_blocking(move || stack.stop()).await.unwrap();
}
