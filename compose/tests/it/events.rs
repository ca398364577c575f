//! What operators ask of the catalogue by `polisctl`: what was offered when, what was told, telling it again.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use polis_proto::catalogue::v1::ProductEvent;
use polis_proto::partition_of;
use prost::Message;
use rskafka::client::ClientBuilder;
use rskafka::client::partition::{OffsetAt, UnknownTopicHandling};
use rskafka::record::Record;

use super::polis::{Polis, until};
use super::terminal::{polisctl, refused};

const INSURER: &str = "kama-strakh";
const PRODUCT: &str = "kama-travel-1";
const TOPIC: &str = "polis.catalogue.product-events.v1";

async fn priced(polis: &Polis, premium: &str) {
    polisctl(polis, &["sandbox", "price", INSURER, PRODUCT, premium]).await;
    until("the price is on the page", || async { polis.premium(INSURER, PRODUCT).await == premium }).await;
}

/// The records of the topic about one product, in order.
async fn told(polis: &Polis, product: &str) -> Vec<Record> {
    let key = format!("{INSURER}/{product}");
    let client = ClientBuilder::new(vec![polis.stack.addresses().kafka.clone()]).build().await.unwrap();
    let partition = partition_of(key.as_bytes(), 12).0;
    let client = client.partition_client(TOPIC, partition, UnknownTopicHandling::Error).await.unwrap();
    let end = client.get_offset(OffsetAt::Latest).await.unwrap();
    let (mut next, mut all) = (0, Vec::new());
    while next < end {
        let (records, _) = client.fetch_records(next, 1..1 << 20, 1000).await.unwrap();
        next = records.last().map_or(end, |record| record.offset + 1);
        all.extend(
            records.into_iter().map(|record| record.record).filter(|r| r.key.as_deref() == Some(key.as_bytes())),
        );
    }
    all
}

fn id(record: &Record) -> Vec<u8> {
    record.headers["ce_id"].clone()
}

/// Everything in the outbox has been sent and applied.
async fn settled(polis: &Polis) {
    until("every event is sent", || async {
        polis.aggregator_count("select count(*) from product_events where sent is null").await == 0
    })
    .await;
    until("every event is applied", || async {
        let sent = polis.aggregator_count("select count(*) from product_events").await;
        polis.core_count("select coalesce(sum(next_offset), 0)::bigint from consumer_offsets").await == sent
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_see_what_was_told_and_tell_it_again() {
    let polis = Polis::start().await;
    priced(&polis, "7000.00").await;
    let then = jiff::Timestamp::now().to_string();
    priced(&polis, "7100.00").await;

    let asked = ["products", "as-of", &then, "--insurer", INSURER, "--product", PRODUCT];
    let shown = polisctl(&polis, &asked).await;
    assert!(shown.contains("7000 RUB") && !shown.contains("7100"), "{shown}");
    let shown = polisctl(&polis, &["products", "as-of", "2020-01-01T00:00:00Z"]).await;
    assert_eq!(shown, "nothing was on offer at 2020-01-01T00:00:00Z\n");
    let shown = polisctl(&polis, &["products", "as-of", "--insurer", INSURER]).await;
    assert!(shown.contains("7100 RUB") && shown.contains("kama-health-1"), "{shown}");
    let shown = polisctl(&polis, &["products", "history", INSURER, PRODUCT]).await;
    assert!(shown.contains("added") && shown.matches("changed").count() == 2, "{shown}");

    settled(&polis).await;
    let list = polisctl(&polis, &["events", "list", "--insurer", INSURER, "--product", PRODUCT]).await;
    let newest = list.lines().next().unwrap();
    assert!(
        newest.contains("changed") && newest.contains("tariffs[base].premium") && newest.contains("sent after"),
        "{list}"
    );
    let seq = newest.split_whitespace().next().unwrap();
    let shown = polisctl(&polis, &["events", "show", seq]).await;
    assert!(shown.contains("tariffs[base].premium: 7000 RUB -> 7100 RUB"), "{shown}");
    assert!(shown.contains(TOPIC) && shown.contains("known_from"), "{shown}");

    // Again under its own id: it is in the topic twice and has its effects once.
    let changes = polis.core_count("select count(*) from catalogue_changes").await;
    polisctl(&polis, &["events", "resend", seq, "--by", "olga", "--why", "the topic was cut"]).await;
    settled(&polis).await;
    let records = told(&polis, PRODUCT).await;
    let ids: BTreeSet<_> = records.iter().map(id).collect();
    assert_eq!((records.len(), ids.len()), (4, 3), "one of three events is there twice");
    assert_eq!(id(&records[3]), id(&records[2]));

    // An older one would stand in the place of the last in a compacted topic.
    let first = list.lines().last().unwrap().split_whitespace().next().unwrap();
    let shown = refused(&polis, &["events", "resend", first]).await;
    assert!(shown.contains("has changed since"), "{shown}");

    // The current state for a new consumer: marked, at a limited rate, in the middle of changes.
    let products = polis.aggregator_count("select count(*) from products where insurer_id = 'kama-strakh'").await;
    let began = Instant::now();
    let again = ["republish", "--insurer", INSURER, "--per-second", "10", "--by", "olga"];
    let shown = polisctl(&polis, &again).await;
    assert!(shown.contains(&format!("{products} products told again")), "{shown}");
    let least = Duration::from_secs_f64((products - 1) as f64 / 10.0);
    assert!(began.elapsed() >= least, "{products} products within {:?}", began.elapsed());
    settled(&polis).await;
    let records = told(&polis, PRODUCT).await;
    let snapshot = ProductEvent::decode(&**records[4].value.as_ref().unwrap()).unwrap();
    let product = snapshot.product.unwrap();
    assert!(snapshot.snapshot && product.revision == 3 && product.tariffs.len() >= 3, "{product:?}");
    assert_eq!(polis.core_count("select count(*) from catalogue_changes").await, changes, "nothing has changed");

    let shown = polisctl(&polis, &["republish", "--per-second", "20000"]).await;
    let all = polis.aggregator_count("select count(*) from products").await;
    assert!(shown.contains(&format!("{all} products told again")), "{shown}");
    let noted = "select count(*) from operator_log where by = 'olga' and action in ('resend', 'republish')";
    assert_eq!(polis.aggregator_count(noted).await, 2);

    for (wrong, said) in [
        (vec!["events", "show", "999999999"], "no event 999999999"),
        (vec!["republish", "--insurer", "nobody"], "never polled"),
        (vec!["republish", "--per-second", "0"], "per_second is 1 to"),
        (vec!["products", "history", INSURER, "nothing"], "never offered"),
        (vec!["products", "as-of", "noon"], "is not a time"),
    ] {
        let shown = refused(&polis, &wrong).await;
        assert!(shown.contains(said), "{wrong:?}: {shown}");
    }
    polis.stop().await;
}
