//! The catalogue writer on a real database: who does not hold the lease writes nothing, and what belongs to another
//! configuration is forgotten.

use std::collections::BTreeMap;
use std::time::Duration;

use ins_product_aggregator::catalogue::Writer;
use ins_product_aggregator::config::GuardConfig;
use ins_product_aggregator::offer::{Offer, OfferedTariff, Premium};
use iso_currency::Currency;
use jiff::Timestamp;
use jiff::civil::Date;
use polis_actors::database::{Database, DatabaseConfig, Run};
use polis_actors::lease::{Held, LeaseConfig, Leases};
use polis_actors::poller::{Accepted, Breaker, PollError, Polled, Target, Validator, Validators};
use polis_actors::process::migrate_when_up;
use polis_schema::Service;
use polis_schema::sql::{history, insurers};
use polis_stack::{Stack, create_database};
use tokio_postgres::types::Json;

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

fn changed(told: usize, products: usize) -> Accepted {
    Accepted::Changed { told, products }
}

/// A breaker that was told of one failure and of a wish to be left alone.
fn failing() -> Breaker {
    let mut breaker = Breaker::new(5, Duration::from_secs(1), Duration::from_secs(8));
    breaker.failed(Some(Duration::from_secs(900)));
    breaker
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
    assert_eq!(writer.accept(whole(3), &sleeper).await.unwrap(), changed(3, 3));

    // It sleeps past its lease, another instance takes over, it wakes.
    database.get().await.unwrap().batch_execute("update leases set expires_at = '-infinity'").await.unwrap();
    let taken = held(&database, "two").await;
    for late in [whole(4), whole(1), Polled::NotModified] {
        assert_eq!(writer.accept(late, &sleeper).await.unwrap(), Accepted::Fenced);
    }
    writer.failed(&PollError::TimedOut(Duration::from_secs(5)), &failing(), &sleeper).await.unwrap();
    assert_eq!(count(&database, "select count(*) from insurers where last_outcome = 'timed-out'").await, 0);
    assert_eq!(count(&database, "select count(*) from product_versions").await, 3);
    assert_eq!(count(&database, "select count(*) from products").await, 3);
    assert_eq!(count(&database, "select count(*) from product_events").await, 3);
    assert_eq!(count(&database, "select count(*) from held_catalogues").await, 0);
    assert_eq!(writer.accept(whole(4), &taken).await.unwrap(), changed(1, 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn validators_belong_to_the_configuration_they_came_with() {
    let database = database("writer_validators").await;
    let held = held(&database, "one").await;
    let (first, second) = (writer(&database, "1"), writer(&database, "2"));
    first.accept(whole(2), &held).await.unwrap();
    assert_eq!(first.validators().await.unwrap().len(), 1);
    let error = PollError::TimedOut(Duration::from_secs(5));
    first.failed(&error, &failing(), &held).await.unwrap();
    assert_eq!(first.validators().await.unwrap().len(), 1, "a failure changes nothing about the last good answer");
    assert_eq!(second.validators().await.unwrap(), Validators::new(), "another mapping reads the same answer anew");
    second.failed(&error, &failing(), &held).await.unwrap();
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
    assert_eq!(writer.accept(whole(2), &held).await.unwrap(), changed(8, 2));
    assert_eq!(count(&database, "select count(*) from held_catalogues").await, 0);
}

/// An offer of one product with these tariffs.
fn priced(tariffs: &[(&str, &str)]) -> Polled<Vec<Offer>> {
    let tariff = |(id, premium): &(&str, &str)| OfferedTariff {
        tariff_id: (*id).to_owned(),
        name: id.to_uppercase(),
        premium: Premium { amount: premium.parse().unwrap(), currency: Currency::RUB },
        valid_from: Some(Date::constant(2026, 1, 1)),
        valid_to: (*id == "summer").then(|| Date::constant(2026, 8, 31)),
    };
    let mut content = offers(2);
    content[0].tariffs = tariffs.iter().map(tariff).collect();
    Polled::Whole { content, validators: Validators::new() }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_offered_at_a_time_can_be_told_later() {
    let database = database("writer_history").await;
    let held = held(&database, "one").await;
    let writer = writer(&database, "1");
    let mut moments = Vec::new();
    let states: [&[(&str, &str)]; 3] =
        [&[("base", "100")], &[("base", "120.5"), ("summer", "90")], &[("summer", "90")]];
    for state in states {
        assert!(matches!(writer.accept(priced(state), &held).await.unwrap(), Accepted::Changed { .. }));
        moments.push(Timestamp::now());
    }
    // Withdrawn, and back as it was.
    let mut without = priced(states[2]);
    if let Polled::Whole { content, .. } = &mut without {
        content.remove(0);
    }
    assert_eq!(writer.accept(without, &held).await.unwrap(), changed(1, 1));
    moments.push(Timestamp::now());
    assert_eq!(writer.accept(priced(states[2]), &held).await.unwrap(), changed(1, 2));
    moments.push(Timestamp::now());
    assert_eq!(writer.accept(priced(states[2]), &held).await.unwrap(), Accepted::Unchanged);

    let client = database.get().await.unwrap();
    let at = async |moment: Timestamp, day: Option<Date>| -> Option<Vec<String>> {
        let rows =
            client.all(&history::AS_OF, &[&moment, &Some("i"), &Some("p0"), &day, &"", &"", &10i64]).await.unwrap();
        let Json(tariffs): Json<Vec<serde_json::Value>> = rows.first()?.get(7);
        let text =
            |t: &serde_json::Value| format!("{} {}", t["tariff_id"].as_str().unwrap(), t["premium"].as_str().unwrap());
        Some(tariffs.iter().map(text).collect())
    };
    assert_eq!(at(moments[0], None).await.unwrap(), ["base 100"]);
    assert_eq!(at(moments[1], None).await.unwrap(), ["base 120.5", "summer 90"]);
    assert_eq!(at(moments[1], Some(Date::constant(2026, 9, 1))).await.unwrap(), ["base 120.5"], "summer is over");
    assert_eq!(at(moments[1], Some(Date::constant(2025, 9, 1))).await.unwrap(), Vec::<String>::new());
    assert_eq!(at(moments[2], None).await.unwrap(), ["summer 90"]);
    assert_eq!(at(moments[3], None).await, None, "withdrawn then");
    assert_eq!(at(moments[4], None).await.unwrap(), ["summer 90"]);
    assert_eq!(at(Timestamp::UNIX_EPOCH, None).await, None, "before we knew of it");

    let rows = client.all(&history::OF_PRODUCT, &[&"i", &"p0"]).await.unwrap();
    let kinds: Vec<String> = rows.iter().map(|row| row.get(1)).collect();
    assert_eq!(kinds, ["added", "changed", "changed", "withdrawn", "restored"]);
    let open = "select count(*) from product_versions where product_id = 'p0' and known_to is null";
    assert_eq!(count(&database, open).await, 1, "each version ends where the next begins");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_owner_learns_what_it_has_to_keep_to() {
    let database = database("writer_past").await;
    let (writer, held) = (writer(&database, "1"), held(&database, "one").await);
    let new = writer.past().await.unwrap();
    assert_eq!((new.polled_at, new.confirmed_at, new.failures, new.not_before, new.products), (None, None, 0, None, 0));
    assert_eq!(writer.past().await.unwrap(), new, "known since it was asked for first");

    writer.accept(whole(3), &held).await.unwrap();
    let good = writer.past().await.unwrap();
    assert_eq!((good.polled_at, good.failures, good.products), (good.confirmed_at, 0, 3));

    let breaker = failing();
    writer.failed(&PollError::TimedOut(Duration::from_secs(5)), &breaker, &held).await.unwrap();
    let after = writer.past().await.unwrap();
    assert_eq!((after.confirmed_at, after.failures, after.products), (good.confirmed_at, 1, 3));
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_microsecond);
    assert_eq!(micros(after.not_before), micros(breaker.until()));
    assert!(after.polled_at > good.polled_at);

    for answer in [Polled::NotModified, whole(3)] {
        writer.failed(&PollError::TimedOut(Duration::from_secs(5)), &breaker, &held).await.unwrap();
        assert_eq!(writer.accept(answer, &held).await.unwrap(), Accepted::Unchanged);
        let well = writer.past().await.unwrap();
        assert_eq!((well.failures, well.not_before, well.known_since), (0, None, new.known_since));
    }

    // A catalogue grows no older while the insurer is to rest.
    let client = database.get().await.unwrap();
    let every = None::<f64>;
    for paused in [Some(true), None, Some(false)] {
        client.run(&insurers::ORDER, &[&"i", &paused, &false, &every, &false, &"olga"]).await.unwrap();
    }
    let resumed = writer.past().await.unwrap();
    assert!(Some(resumed.known_since) > resumed.confirmed_at, "{resumed:?}");
    client.run(&insurers::ORDER, &[&"i", &None::<bool>, &false, &every, &true, &"olga"]).await.unwrap();
    assert_eq!(writer.past().await.unwrap(), resumed, "another order makes it no younger");
}
