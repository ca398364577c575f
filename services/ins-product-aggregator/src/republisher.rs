//! The actor that tells current states again, for a consumer that begins anew: marked as snapshots, no faster than
//! ordered, in the order of insurers and products, across restarts.

use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, Unit};
use polis_actors::database::{Database, DatabaseError, Run, Wake, listen};
use polis_actors::lease::{Held, Leases, Rounds};
use polis_actors::relay::StoredHeaders;
use polis_actors::runtime::{Child, ChildSpec, Ctx, Progress, Service};
use polis_proto::EventId;
use polis_proto::catalogue::v1::{ChangeKind, Product, ProductEvent};
use polis_proto::timestamp;
use polis_schema::sql::{insurers, product_events, products, republications};
use prost::Message;
use tokio_postgres::Row;
use tokio_postgres::types::{Json, ToSql};
use uuid::Uuid;

use crate::catalogue::{KIND, SOURCE};

/// The channel that the trigger of `republications` notifies.
const CHANNEL: &str = "republications";
const RESOURCE: &str = "republisher";
/// How often to look when nobody calls.
const SLOW_POLL: Duration = Duration::from_secs(2);
/// Time between two transactions: the rate is kept within each.
const BEAT: Duration = Duration::from_millis(100);

#[derive(Clone)]
struct Republisher {
    database: Database,
    leases: Leases,
    topic: String,
}

/// A child that carries out what is ordered; one of all instances does.
pub fn republisher(database: &Database, leases: &Leases, topic: &str) -> Arc<dyn Child> {
    let state = Republisher { database: database.clone(), leases: leases.clone(), topic: topic.to_owned() };
    ChildSpec::new(RESOURCE, move |_| Ok(state.clone())).build().1
}

impl Service for Republisher {
    const KIND: &'static str = "republisher";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        let (lease, database) = (self.leases.of(RESOURCE), self.database.clone());
        let telling = Telling { republisher: self.clone(), progress: ctx.progress(), wake: Wake::default() };
        let work = async move {
            let _listening = listen(&database, CHANNEL, telling.wake.clone());
            lease.work(&telling, &telling.progress).await
        };
        ctx.spawn_linked(work, |_, never, _| match never {});
    }
}

struct Telling {
    republisher: Republisher,
    progress: Progress,
    wake: Wake,
}

impl Rounds for Telling {
    async fn round(&self, held: &Held) -> Result<(), DatabaseError> {
        let Self { republisher, progress, wake } = self;
        let Some(order) = republisher.next().await? else {
            progress.healthy("nothing is to be told again");
            wake.wait(SLOW_POLL).await;
            return Ok(());
        };
        let began = tokio::time::Instant::now();
        let told = republisher.tell_some(held, &order).await?;
        match told {
            None => tracing::info!(order = order.id, "everything has been told again"),
            Some(told) => {
                progress.handled(told);
                let of = order.insurer.as_deref().unwrap_or("all insurers");
                progress.healthy(format!("telling {of} again for {}", order.by));
                let due = Duration::from_secs_f64(told as f64 / f64::from(order.per_second));
                tokio::time::sleep_until(began + due).await;
            }
        }
        Ok(())
    }
}

/// An order, where it stands.
struct Order {
    id: i64,
    insurer: Option<String>,
    per_second: i32,
    by: String,
    at: (String, String),
}

impl Republisher {
    async fn next(&self) -> Result<Option<Order>, DatabaseError> {
        let row = self.database.get().await?.first(&republications::NEXT, &[]).await?;
        Ok(row.map(|row| Order {
            id: row.get(0),
            insurer: row.get(1),
            per_second: row.get(2),
            by: row.get(3),
            at: (row.get(4), row.get(5)),
        }))
    }

    /// The next products of an order, or none when there are no more. The insurer is locked until the commit, so that no
    /// change of a product can stand before an older state of it in the outbox.
    async fn tell_some(&self, held: &Held, order: &Order) -> Result<Option<u64>, DatabaseError> {
        let at_once = (f64::from(order.per_second) * BEAT.as_secs_f64()).ceil() as i64;
        let mut client = self.database.get().await?;
        let transaction = client.transaction().await?;
        let place: [&(dyn ToSql + Sync); 4] = [&order.insurer, &order.at.0, &order.at.1, &1i64];
        let Some(first) = transaction.first(&products::NEXT, &place).await? else {
            transaction.run(&republications::FINISH, &[&order.id]).await?;
            return held.commit(transaction).await.map(|_| None);
        };
        let insurer: &str = first.get(0);
        transaction.run(&insurers::LOCK, &[&insurer]).await?;
        let rows = transaction.all(&products::NEXT, &[&insurer, &order.at.0, &order.at.1, &at_once]).await?;
        let now = Timestamp::now().round(Unit::Microsecond).unwrap_or(Timestamp::UNIX_EPOCH);
        let Snapshots { ids, payloads, products, revisions } = Snapshots::of(&rows, now);
        let headers = Json(StoredHeaders { source: SOURCE.to_owned(), ..StoredHeaders::default() });
        let event: [&(dyn ToSql + Sync); 9] =
            [&order.by, &self.topic, &KIND, &headers, &ids, &payloads, &insurer, &products, &revisions];
        transaction.run(&product_events::APPEND_SNAPSHOTS, &event).await?;
        let last: Option<&str> = rows.last().map(|row| row.get(1));
        let told = i64::try_from(products.len()).unwrap_or_default();
        transaction.run(&republications::ADVANCE, &[&order.id, &insurer, &last.unwrap_or_default(), &told]).await?;
        held.commit(transaction).await.map(|_| Some(products.len() as u64))
    }
}

/// The event that repeats a state.
fn snapshot(state: &[u8], now: Timestamp) -> Result<Vec<u8>, prost::DecodeError> {
    let product = Product::decode(state)?;
    let kind = if product.withdrawn { ChangeKind::Withdrawn } else { ChangeKind::Changed };
    let event = ProductEvent {
        kind: kind.into(),
        product: Some(product),
        changes: Vec::new(),
        observed_at: Some(timestamp::to_wire(now)),
        snapshot: true,
    };
    Ok(event.encode_to_vec())
}

/// States that can be told, as columns. One that does not decode is damaged: it is left out, and said so.
#[derive(Default)]
struct Snapshots<'r> {
    ids: Vec<Uuid>,
    payloads: Vec<Vec<u8>>,
    products: Vec<&'r str>,
    revisions: Vec<i64>,
}

impl<'r> Snapshots<'r> {
    fn of(rows: &'r [Row], now: Timestamp) -> Self {
        let mut snapshots = Self::default();
        for row in rows {
            let product: &str = row.get(1);
            match snapshot(row.get(3), now) {
                Ok(payload) => {
                    snapshots.ids.push(EventId::generate().0);
                    snapshots.payloads.push(payload);
                    snapshots.products.push(product);
                    snapshots.revisions.push(row.get(2));
                }
                Err(error) => tracing::error!(product, %error, "stored state is damaged; not told again"),
            }
        }
        snapshots
    }
}
