//! What was offered and sold, told to the topics by a test as the services tell it: many policies, of days that are over, within
//! moments. What settlement is to know of them the test keeps itself.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, offset};
use polis_actors::kafka::{Broker, KafkaConfig};
use polis_proto::catalogue::v1::{Product, ProductEvent, Tariff};
use polis_proto::google_type::Money;
use polis_proto::policies::v1::{Policy, PolicyEvent, PolicyEventKind};
use polis_proto::{Envelope, EventId, check_digit, partition_of, timestamp};
use polis_stack::SETTLEMENT_DATABASE;
use prost::Message;
use rskafka::client::partition::Compression;
use rskafka::record::Record;
use rust_decimal::Decimal;
use tokio::time::{Instant, timeout};

use super::polis::{LONG, Polis};

pub const POLICIES: &str = "polis.policies.policy-events.v1";
pub const PRODUCTS: &str = "polis.catalogue.product-events.v1";
const PARTITIONS: i32 = 12;
/// How long a broker may take to acknowledge before it is told again.
const PATIENCE: Duration = Duration::from_secs(5);
const REST: Duration = Duration::from_millis(200);

/// A policy, and all that an event says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sold {
    pub number: String,
    pub insurer: String,
    pub product: String,
    pub version: i64,
    pub revision: i64,
    pub premium: Decimal,
    pub issued_at: Timestamp,
    pub starts_on: Date,
    pub ends_on: Date,
    /// First day without cover, and what was paid back.
    pub cancelled: Option<(Date, Decimal)>,
}

/// The number of a policy that core-app never gives out, with its check digit.
pub fn number(nth: usize) -> String {
    let digits = format!("5{nth:08}");
    format!("PL-{digits}{}", check_digit(&digits).unwrap())
}

impl Sold {
    /// Sold on a day, at noon in Moscow, for a year from the next day on.
    pub fn on(day: Date, nth: usize, insurer: &str, product: &str, premium: Decimal) -> Self {
        let starts_on = day.tomorrow().unwrap();
        Self {
            number: number(nth),
            insurer: insurer.to_owned(),
            product: product.to_owned(),
            version: 1,
            revision: 1,
            premium,
            issued_at: day.at(12, 0, 0, 0).to_zoned(TimeZone::fixed(offset(3))).unwrap().timestamp(),
            starts_on,
            ends_on: starts_on.checked_add(jiff::Span::new().years(1)).unwrap().yesterday().unwrap(),
            cancelled: None,
        }
    }

    /// The day of issue, in Moscow.
    pub fn issued_on(&self) -> Date {
        self.issued_at.to_zoned(TimeZone::fixed(offset(3))).date()
    }

    /// Given up before it began: everything is paid back.
    pub fn given_up(&self) -> Self {
        self.cancelled_from(self.starts_on, self.premium)
    }

    pub fn cancelled_from(&self, from: Date, refund: Decimal) -> Self {
        Self { revision: self.revision + 1, cancelled: Some((from, refund)), ..self.clone() }
    }

    /// The event that says so.
    pub fn told(&self) -> Told {
        let kind = if self.cancelled.is_some() { PolicyEventKind::Cancelled } else { PolicyEventKind::Issued };
        let policy = Policy {
            policy_number: self.number.clone(),
            application_id: uuid::Uuid::from_u128(self.number[3..].parse().unwrap()).to_string(),
            revision: self.revision,
            insurer_id: self.insurer.clone(),
            product_id: self.product.clone(),
            product_revision: 1,
            tariff_id: "base".to_owned(),
            tariff_version: self.version,
            premium: Some(roubles(self.premium)),
            starts_on: Some(self.starts_on.into()),
            ends_on: Some(self.ends_on.into()),
            // Only the first event says when it was issued.
            issued_at: self.cancelled.is_none().then(|| timestamp::to_wire(self.issued_at)),
            cancelled_from: self.cancelled.map(|(from, _)| from.into()),
            refund: self.cancelled.map(|(_, refund)| roubles(refund)),
            line: "travel".to_owned(),
        };
        let event = PolicyEvent { kind: kind.into(), policy: Some(policy), occurred_at: None };
        Told::new(POLICIES, &self.number, "polis.policies.v1.PolicyEvent", event.encode_to_vec())
    }
}

/// A product with one tariff, whose premiums were known from those times on, the oldest first.
pub fn offered(insurer: &str, product: &str, premiums: &[(Timestamp, Decimal)]) -> Told {
    let tariff = |(at, (known_from, premium)): (usize, &(Timestamp, Decimal))| Tariff {
        tariff_id: "base".to_owned(),
        version: i64::try_from(at + 1).unwrap(),
        name: "Базовый".to_owned(),
        premium: Some(roubles(*premium)),
        valid_from: None,
        valid_to: None,
        known_from: Some(timestamp::to_wire(*known_from)),
        known_to: premiums.get(at + 1).map(|(until, _)| timestamp::to_wire(*until)),
    };
    let product_state = Product {
        insurer_id: insurer.to_owned(),
        product_id: product.to_owned(),
        revision: i64::try_from(premiums.len()).unwrap(),
        line: "travel".to_owned(),
        name: "Дальняя дорога".to_owned(),
        insurer_name: insurer.to_owned(),
        tariffs: premiums.iter().enumerate().map(tariff).collect(),
        ..Product::default()
    };
    let event = ProductEvent { kind: 1, product: Some(product_state), observed_at: None, ..ProductEvent::default() };
    Told::new(PRODUCTS, &format!("{insurer}/{product}"), "polis.catalogue.v1.ProductEvent", event.encode_to_vec())
}

fn roubles(amount: Decimal) -> Money {
    Money::from_decimal(amount, "RUB").unwrap()
}

/// A record on its way. Told again it is the same event.
#[derive(Clone, Debug)]
pub struct Told {
    topic: &'static str,
    key: String,
    record: Record,
}

impl Told {
    pub fn new(topic: &'static str, key: &str, kind: &str, data: Vec<u8>) -> Self {
        let envelope = Envelope {
            id: EventId::generate(),
            source: "/test".to_owned(),
            kind: kind.to_owned(),
            time: Timestamp::now(),
            subject: key.to_owned(),
            traceparent: None,
            tracestate: None,
            data: data.into(),
        };
        let record = Record {
            key: Some(key.as_bytes().to_vec()),
            value: Some(envelope.data.to_vec()),
            headers: envelope.to_headers(),
            timestamp: chrono::Utc::now(),
        };
        Self { topic, key: key.to_owned(), record }
    }

    /// The same with a value that is none.
    pub fn poisoned(mut self) -> Self {
        self.record.value = Some(vec![0xff; 24]);
        self
    }

    pub fn partition(&self) -> i32 {
        partition_of(self.key.as_bytes(), PARTITIONS).0
    }
}

/// Tells the topics, each partition in the order given. While the broker is away it is told again, so that some may be there twice,
/// under one id: as a relay does that died before it marked.
pub async fn tell(polis: &Polis, events: impl IntoIterator<Item = Told>) {
    let config = KafkaConfig { brokers: polis.stack.addresses().kafka.clone() };
    let broker = Broker::new(&config, "test");
    let mut by_partition: BTreeMap<(&'static str, i32), Vec<Record>> = BTreeMap::new();
    for told in events {
        by_partition.entry((told.topic, told.partition())).or_default().push(told.record);
    }
    for ((topic, partition), records) in by_partition {
        let deadline = Instant::now() + LONG;
        let once = async || {
            let client = broker.connect().await.map_err(|error| error.to_string())?;
            let partition = broker.partition(&client, topic, partition).await.map_err(|error| error.to_string())?;
            let told = partition.produce(records.clone(), Compression::NoCompression);
            told.await.map(drop).map_err(|error| error.to_string())
        };
        loop {
            match timeout(PATIENCE, once()).await {
                Ok(Ok(())) => break,
                failed => assert!(Instant::now() < deadline, "{topic} cannot be told: {failed:?}"),
            }
            tokio::time::sleep(REST).await;
        }
    }
}

/// What settlement is to know: of each policy what was said last.
#[derive(Clone, Debug, Default)]
pub struct Book(pub BTreeMap<String, Sold>);

impl Book {
    pub fn note(&mut self, sold: &Sold) {
        self.0.insert(sold.number.clone(), sold.clone());
    }

    /// Notes and tells it.
    pub async fn sell(&mut self, polis: &Polis, sold: &[Sold]) {
        sold.iter().for_each(|sold| self.note(sold));
        tell(polis, sold.iter().map(Sold::told)).await;
    }

    /// Where the service's table differs from the book, in a sentence each.
    pub async fn differences(&self, polis: &Polis) -> Vec<String> {
        let sql = "select policy_number, insurer_id, product_id, revision, premium, issued_at, starts_on, ends_on, \
            cancelled_from, refund from policies where policy_number like 'PL-5%'";
        let rows = polis.rows(SETTLEMENT_DATABASE, sql).await;
        let mut there: BTreeMap<String, Sold> = rows
            .iter()
            .map(|row| {
                let cancelled = row.get::<_, Option<Date>>(8).map(|from| (from, row.get::<_, Decimal>(9)));
                let number: String = row.get(0);
                let known = Sold {
                    number: number.clone(),
                    insurer: row.get(1),
                    product: row.get(2),
                    version: self.0.get(&number).map_or(1, |sold| sold.version),
                    revision: row.get(3),
                    premium: row.get(4),
                    issued_at: row.get::<_, Option<Timestamp>>(5).unwrap_or(Timestamp::UNIX_EPOCH),
                    starts_on: row.get(6),
                    ends_on: row.get(7),
                    cancelled,
                };
                (number, known)
            })
            .collect();
        let mut wrong = Vec::new();
        for (number, sold) in &self.0 {
            match there.remove(number) {
                None => wrong.push(format!("{number} is missing")),
                Some(known) if known != *sold => wrong.push(format!("{number} is {known:?}, not {sold:?}")),
                Some(_) => {}
            }
        }
        wrong.extend(there.into_keys().map(|number| format!("{number} was never sold")));
        wrong
    }
}
