//! A settlement without its service: a database of its own, insurers in files.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use ins_comp_settlement::insurers::Insurers;
use ins_comp_settlement::intake::{Arriving, Intake, IntakeError, Received, Source};
use ins_comp_settlement::results::Party;
use ins_comp_settlement::shared::Shared;
use polis_actors::config::Rebase;
use polis_actors::database::{Database, DatabaseConfig};
use polis_actors::lease::{LeaseConfig, Leases};
use polis_actors::process::migrate_when_up;
use polis_actors::runtime::{Background, Child, SupervisorSpec};
use polis_schema::Service;
use polis_stack::{Stack, create_database};
use tempfile::TempDir;
use tokio::time::Instant;

pub const LONG: Duration = Duration::from_secs(30);
/// The insurer of these tests.
pub const INSURER: &str = "proba";
/// The largest file that is taken.
const MOST_BYTES: u64 = 2 << 30;

pub const FILE: &str = r#"
name = "Проба"
time_zone = "Europe/Moscow"

[register]
currency = "RUB"
decimal = "comma"
format.csv = { encoding = "utf-8", delimiter = ";" }

[register.columns]
policy_number = "Номер полиса"
product = "Продукт"
premium = "Премия"
commission = "Комиссия"
issued_on = "Выдан"
starts_on = "Начало"
ends_on = "Окончание"
status = "Статус"
cancelled_from = "Расторгнут с"

[register.status]
active = ["Действует"]
cancelled = ["Расторгнут"]

[register.totals]
word = "Итого"

[rules]
version = "1"
numbering = { prefix = "PL", check_digit = true }
commission = { per_cent = "12.5" }
"#;
pub const HEADER: &str = "Номер полиса;Продукт;Премия;Комиссия;Выдан;Начало;Окончание;Статус;Расторгнут с\n";

/// A register of so many lines, each so many-th of which cannot be read.
pub fn csv(lines: u64, unreadable_each: u64) -> String {
    let line = |at: u64| {
        let premium = if unreadable_each > 0 && at.is_multiple_of(unreadable_each) { "н/д" } else { "1 234,50" };
        let (number, product) = (at * 7919 % 10_000_000, at % 100);
        format!("PL-{number:010};p-{product};{premium};154,31;01.11.2026;05.11.2026;04.11.2027;Действует;\n")
    };
    std::iter::once(HEADER.to_owned()).chain((0..lines).map(line)).collect()
}

pub struct World {
    pub files: TempDir,
    pub database: Database,
    pub intake: Intake,
}

impl World {
    pub async fn new(name: &str) -> Self {
        Self::bounded(name, MOST_BYTES).await
    }

    /// One that takes files of so many bytes at most.
    pub async fn bounded(name: &str, most_bytes: u64) -> Self {
        let stack = Stack::shared().await;
        create_database(&stack.addresses().postgres_admin, name).await.unwrap();
        let url = stack.addresses().database_url(name);
        let database = Database::new(&DatabaseConfig { url, connections: 12 }, name).unwrap();
        migrate_when_up(&database, Service::Settlement).await.unwrap();
        let files = tempfile::tempdir().unwrap();
        std::fs::create_dir(files.path().join("insurers")).unwrap();
        let insurers = Insurers::new(files.path().join("insurers"));
        let spool = files.path().join("spool");
        let shared = Shared { database: database.clone(), insurers, spool, us: Party::default() };
        let intake = Intake::new(&shared, most_bytes, &Rebase::default()).unwrap();
        let world = Self { files, database, intake };
        world.describe(INSURER, FILE);
        world
    }

    pub fn shared(&self) -> &Shared {
        self.intake.shared()
    }

    pub fn describe(&self, insurer: &str, file: &str) {
        std::fs::write(self.files.path().join("insurers").join(format!("{insurer}.toml")), file).unwrap();
    }

    pub async fn send(&self, arriving: &Arriving, text: &str) -> Result<Received, IntakeError> {
        let pieces =
            text.as_bytes().chunks(1 << 16).map(|piece| Ok::<_, std::io::Error>(Bytes::copy_from_slice(piece)));
        let pieces: Vec<_> = pieces.collect();
        self.intake.upload(arriving, None, std::pin::pin!(stream::iter(pieces))).await
    }

    pub async fn execute(&self, sql: &str) {
        let done = self.database.get().await.unwrap().batch_execute(sql).await;
        done.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    pub async fn count(&self, sql: &str) -> i64 {
        self.database.get().await.unwrap().query_one(sql, &[]).await.unwrap().get(0)
    }

    /// Rows of texts, `-` for null, a bar between columns.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let rows = self.database.get().await.unwrap().query(sql, &[]).await.unwrap();
        let text = |row: &tokio_postgres::Row| {
            let cells = (0..row.len()).map(|at| row.get::<_, Option<String>>(at).unwrap_or_else(|| "-".to_owned()));
            cells.collect::<Vec<_>>().join("|")
        };
        rows.iter().map(text).collect()
    }

    pub async fn until(&self, what: &str, sql: &str, expected: i64) {
        let deadline = Instant::now() + LONG;
        loop {
            let seen = self.count(sql).await;
            if seen == expected {
                return;
            }
            assert!(Instant::now() < deadline, "{what}: {seen}, not {expected}: {sql}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    pub async fn until_texts(&self, what: &str, sql: &str, expected: &[&str]) {
        let deadline = Instant::now() + LONG;
        loop {
            let seen = self.texts(sql).await;
            if seen == expected {
                return;
            }
            assert!(Instant::now() < deadline, "{what}: {seen:#?}, not {expected:#?}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    pub fn leases(&self) -> Leases {
        let owner: Arc<str> = "one".into();
        Leases::new(
            &self.database,
            &owner,
            LeaseConfig { ttl: Duration::from_secs(10), every: Duration::from_millis(500) },
        )
    }
}

/// A child at work, until it is stopped.
pub async fn at_work(child: Arc<dyn Child>) -> Background {
    let build = move |placer| (SupervisorSpec::new("root").child(child).build(placer).1, ());
    Background::start("test", build).await.unwrap().0
}

pub async fn stop(background: Background) {
    tokio::task::spawn_blocking(move || background.stop()).await.unwrap();
}

/// A register that comes by upload.
pub fn arriving(insurer: &str, from: &str, to: &str) -> Arriving {
    Arriving {
        insurer: insurer.to_owned(),
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        name: "register.csv".to_owned(),
        source: Source::Upload,
        by: "olga".to_owned(),
    }
}

pub fn november() -> Arriving {
    arriving(INSURER, "2026-11-01", "2026-11-30")
}
