//! The catalogue writer on a real database: who does not hold the lease writes nothing, and what belongs to another
//! configuration is forgotten.

use std::collections::BTreeMap;
use std::time::Duration;

use ins_product_aggregator::catalogue::Writer;
use ins_product_aggregator::config::GuardConfig;
use ins_product_aggregator::offer::Offer;
use polis_actors::database::{Database, DatabaseConfig};
use polis_actors::lease::{Held, LeaseConfig, Leases};
use polis_actors::poller::{Accepted, PollError, Polled, Target, Validator, Validators};
use polis_actors::process::migrate_when_up;
use polis_schema::Service;
use polis_stack::{Stack, create_database};

async fn database(name: &str) -> Database {
    let stack = Stack::shared().await;
    create_database(&stack.addresses().postgres_admin, name).await.unwrap();
    let url = stack.addresses().database_url(name);
    let database = Database::new(&DatabaseConfig { url, connections: 4 }, name).unwrap();
    migrate_when_up(&database, Service::Aggregator).await.unwrap();
    database
}

fn writer(database: &Database, configured_as: &str) -> Writer {
    Writer {
        database: database.clone(),
        topic: "t".to_owned(),
        insurer: "i".to_owned(),
        name: "I".to_owned(),
        guard: GuardConfig { most_withdrawn: 0.3 },
        configured_as: configured_as.to_owned(),
    }
}

fn offers(count: usize) -> Vec<Offer> {
    let offer = |n: usize| Offer {
        product_id: format!("p{n}"),
        line: "travel".to_owned(),
        name: format!("Trip {n}"),
        description: String::new(),
        url: String::new(),
        tariffs: Vec::new(),
    };
    (0..count).map(offer).collect()
}

fn whole(count: usize) -> Polled<Vec<Offer>> {
    let validator = Validator::tag(format!("\"{count}\""));
    Polled::Whole { content: offers(count), validators: BTreeMap::from([("doc".to_owned(), validator)]) }
}

async fn held(database: &Database, owner: &str) -> Held {
    let config = LeaseConfig { ttl: Duration::from_secs(60), every: Duration::from_secs(20) };
    Leases::new(database, &owner.into(), config).of("poller/i").acquire().await.unwrap().unwrap()
}

async fn count(database: &Database, sql: &str) -> i64 {
    database.get().await.unwrap().query_one(sql, &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lost_the_lease_writes_nothing() {
    let database = database("writer_fence").await;
    let writer = writer(&database, "1");
    let sleeper = held(&database, "one").await;
    assert_eq!(writer.accept(whole(3), &sleeper).await.unwrap(), Accepted::Changed(3));

    // It sleeps past its lease, another instance takes over, it wakes.
    database.get().await.unwrap().batch_execute("update leases set expires_at = '-infinity'").await.unwrap();
    let taken = held(&database, "two").await;
    for late in [whole(4), whole(1), Polled::NotModified] {
        assert_eq!(writer.accept(late, &sleeper).await.unwrap(), Accepted::Fenced);
    }
    assert_eq!(count(&database, "select count(*) from products").await, 3);
    assert_eq!(count(&database, "select count(*) from product_events").await, 3);
    assert_eq!(count(&database, "select count(*) from held_catalogues").await, 0);
    assert_eq!(writer.accept(whole(4), &taken).await.unwrap(), Accepted::Changed(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn validators_belong_to_the_configuration_they_came_with() {
    let database = database("writer_validators").await;
    let held = held(&database, "one").await;
    let (first, second) = (writer(&database, "1"), writer(&database, "2"));
    first.accept(whole(2), &held).await.unwrap();
    assert_eq!(first.validators().await.unwrap().len(), 1);
    let error = PollError::TimedOut(Duration::from_secs(5));
    first.failed(&error).await.unwrap();
    assert_eq!(first.validators().await.unwrap().len(), 1, "a failure changes nothing about the last good answer");
    assert_eq!(second.validators().await.unwrap(), Validators::new(), "another mapping reads the same answer anew");
    second.failed(&error).await.unwrap();
    assert_eq!(first.validators().await.unwrap(), Validators::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_withdrawn_is_held_until_somebody_approves_that_much() {
    let database = database("writer_hold").await;
    let held = held(&database, "one").await;
    let writer = writer(&database, "1");
    writer.accept(whole(10), &held).await.unwrap();
    assert!(matches!(writer.accept(whole(5), &held).await.unwrap(), Accepted::Held(_)));
    let approve = "update held_catalogues set approved_at = now(), approved_by = 'olga'";
    database.get().await.unwrap().batch_execute(approve).await.unwrap();
    for _ in 0..2 {
        assert!(matches!(writer.accept(whole(2), &held).await.unwrap(), Accepted::Held(_)), "less than was approved");
    }
    database.get().await.unwrap().batch_execute(approve).await.unwrap();
    assert_eq!(writer.accept(whole(2), &held).await.unwrap(), Accepted::Changed(8));
    assert_eq!(count(&database, "select count(*) from held_catalogues").await, 0);
}
