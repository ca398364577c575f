//! The schema against a real PostgreSQL: migrations are safe twice, and every statement fits the tables.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a crate of tests: what fails, fails the test")]

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use polis_schema::{Service, migrate, sql};
use polis_stack::{Stack, create_database};
use tokio_postgres::{Client, NoTls};

async fn migrated(service: Service) -> Client {
    let admin = &Stack::shared().await.addresses().postgres_admin;
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("schema_{service:?}_{}", NEXT.fetch_add(1, Relaxed)).to_lowercase();
    create_database(admin, &name).await.unwrap();
    let url = admin.replace("polis@", &format!("{name}@")).replace("/postgres", &format!("/{name}"));
    let (mut client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::task::spawn(connection);
    migrate(&mut client, service).await.unwrap();
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_can_be_prepared_where_it_belongs() {
    for service in [Service::Messaging, Service::Aggregator, Service::Core, Service::Settlement] {
        let client = migrated(service).await;
        for statement in sql::ALL.iter().filter(|statement| service.has(statement)) {
            let prepared = client.prepare(statement.text).await;
            assert!(prepared.is_ok(), "{} in {service:?}: {:?}", statement.file, prepared.err());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_file_is_declared() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sql");
    for group in std::fs::read_dir(&root).unwrap().flatten() {
        for file in std::fs::read_dir(group.path()).unwrap().flatten() {
            let path = file.path();
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            assert!(sql::ALL.iter().any(|s| s.file == name), "{name} is in no module of schema/src/sql.rs");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn migrating_twice_changes_nothing() {
    let mut client = migrated(Service::Core).await;
    migrate(&mut client, Service::Core).await.unwrap();
    migrate(&mut client, Service::Core).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_partitions_are_dropped_unless_something_in_them_waits() {
    let client = migrated(Service::Aggregator).await;
    let old = "create table product_events_20200101 partition of product_events for values from ('2020-01-01') to ('2020-01-02');
        create table product_events_20200102 partition of product_events for values from ('2020-01-02') to ('2020-01-03');
        insert into product_events (id, topic, key, type, payload, headers, created_at, sent, insurer_id, product_id, revision, kind, changed_fields)
        select gen_random_uuid(), 't', 'k', 't', '', '{}', day, case when day < '2020-01-02' then now() end, 'i', 'p', 1, 'k', '{}'
        from unnest(array['2020-01-01 12:00', '2020-01-02 12:00']::timestamptz[]) day";
    client.batch_execute(old).await.unwrap();
    let dropped: i32 = client.query_one(sql::partitions::DROP_EXPIRED.text, &[]).await.unwrap().get(0);
    assert_eq!(dropped, 1);
    let left: i64 = client
        .query_one("select count(*) from product_events where created_at < '2021-01-01'", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(left, 1, "a row that is not sent keeps its partition");
    client.batch_execute("drop table product_events_20200102").await.unwrap();
}
