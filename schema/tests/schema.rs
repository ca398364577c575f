//! The schema against a real PostgreSQL: migrations are safe twice, and every statement fits the tables.

use polis_schema::{Service, migrate, sql};
use polis_stack::{Stack, create_database};
use tokio_postgres::{Client, NoTls};

async fn migrated(service: Service) -> Client {
    let admin = &Stack::shared().await.addresses().postgres_admin;
    let name = format!("schema_{service:?}").to_lowercase();
    create_database(admin, &name).await.unwrap();
    let url = admin.replace("polis@", &format!("{name}@")).replace("/postgres", &format!("/{name}"));
    let (mut client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::task::spawn(connection);
    migrate(&mut client, service).await.unwrap();
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn every_statement_can_be_prepared_where_it_belongs() {
    for service in [Service::Messaging, Service::Aggregator, Service::Core] {
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
