//! Writes catalogues: products and their events in one transaction, all of an answer or nothing.

use std::collections::{BTreeMap, HashMap};

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use polis_actors::database::{Database, DatabaseError, Run};
use polis_actors::failpoint;
use polis_actors::poller::{Accepted, PollError, Polled, Target};
use polis_actors::relay::StoredHeaders;
use polis_actors::telemetry::trace::current_traceparent;
use polis_proto::EventId;
use polis_proto::catalogue::v1::{ChangeKind, Product};
use polis_schema::sql::{insurers, product_events, products};
use prost::Message;
use tokio_postgres::types::Json;
use tracing::Instrument;
use uuid::Uuid;

use super::diff::{Change, Known, compare, fingerprint};
use crate::config::GuardConfig;
use crate::offer::{Catalogue, Offer};

const SOURCE: &str = "/ins-product-aggregator";
const KIND: &str = "polis.catalogue.v1.ProductEvent";
/// Between the names of changed fields in one text; see `product_events/append.sql`.
const SEPARATOR: &str = "\u{1f}";

/// Takes what pollers bring.
#[derive(Clone, Debug)]
pub struct Writer {
    database: Database,
    topic: String,
    guard: GuardConfig,
    names: HashMap<String, String>,
}

impl Writer {
    /// Writes for insurers of these names, by identifier.
    pub fn new(database: Database, topic: String, guard: GuardConfig, names: HashMap<String, String>) -> Self {
        Self { database, topic, guard, names }
    }

    fn name<'a>(&'a self, insurer: &'a str) -> &'a str {
        self.names.get(insurer).map_or(insurer, String::as_str)
    }

    /// Whether every product is known as it is offered and no other is: the common case, without a transaction.
    async fn is_unchanged(&self, insurer: &str, offers: &[Offer]) -> Result<bool, DatabaseError> {
        let client = self.database.get().await?;
        let rows = client.all(&products::HASHES, &[&insurer]).await?;
        let known: HashMap<String, Vec<u8>> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let name = self.name(insurer);
        let same = |offer: &Offer| known.get(&offer.product_id).is_some_and(|print| *print == fingerprint(name, offer));
        Ok(known.len() == offers.len() && offers.iter().all(same))
    }

    async fn remember_unchanged(
        &self, insurer: &str, outcome: &str, etags: Option<Json<BTreeMap<String, String>>>,
    ) -> Result<Accepted, DatabaseError> {
        let client = self.database.get().await?;
        client.run(&insurers::UNHOLD, &[&insurer]).await?;
        client.run(&insurers::RECORD_POLL, &[&insurer, &outcome, &None::<String>, &etags]).await?;
        Ok(Accepted::Unchanged)
    }

    async fn write(
        &self, insurer: &str, offers: &[Offer], etags: &BTreeMap<String, String>,
    ) -> Result<Accepted, DatabaseError> {
        let mut client = self.database.get().await?;
        let transaction = client.transaction().await?;
        let known = load(&transaction, insurer).await?;
        let changes = match compare((insurer, self.name(insurer)), &known, offers, Timestamp::now()) {
            Err(error) => Err(error.to_string()),
            Ok(changes) => self.too_much_withdrawn(&known, &changes).map_or(Ok(changes), Err),
        };
        let changes = match changes {
            Ok(changes) => changes,
            Err(reason) => {
                let before = i32::try_from(on_offer(&known)).unwrap_or(i32::MAX);
                let after = i32::try_from(offers.len()).unwrap_or(i32::MAX);
                transaction.run(&insurers::HOLD, &[&insurer, &reason, &before, &after]).await?;
                transaction.run(&insurers::RECORD_POLL, &[&insurer, &"held", &Some(&reason), &no_etags()]).await?;
                transaction.commit().await?;
                return Ok(Accepted::Held(reason));
            }
        };
        save(&transaction, insurer, &changes).await?;
        append(&transaction, &self.topic, insurer, &changes).await?;
        transaction.run(&insurers::UNHOLD, &[&insurer]).await?;
        transaction.run(&insurers::RECORD_POLL, &[&insurer, &"whole", &None::<String>, &Some(Json(etags))]).await?;
        transaction.commit().await?;
        failpoint::reach("writer::after_commit");
        metrics::counter!("catalogue_changes_total", "insurer" => insurer.to_owned()).increment(changes.len() as u64);
        Ok(if changes.is_empty() { Accepted::Unchanged } else { Accepted::Changed(changes.len()) })
    }

    /// Absence is not deletion: an answer that is empty or lacks too many products is held.
    fn too_much_withdrawn(&self, known: &HashMap<String, Known>, changes: &[Change]) -> Option<String> {
        let before = on_offer(known);
        let withdrawn = changes.iter().filter(|change| change.event.kind() == ChangeKind::Withdrawn).count();
        let empties = withdrawn > 0 && withdrawn == before;
        let too_many = withdrawn > 1 && withdrawn as f64 > before as f64 * self.guard.most_withdrawn;
        (empties || too_many).then(|| {
            let most = self.guard.most_withdrawn * 100.0;
            format!("would withdraw {withdrawn} of {before} products; more than {most:.0} % is held for approval")
        })
    }
}

fn on_offer(known: &HashMap<String, Known>) -> usize {
    known.values().filter(|known| !known.state.withdrawn).count()
}

fn no_etags() -> Option<Json<BTreeMap<String, String>>> {
    None
}

async fn load(transaction: &Transaction<'_>, insurer: &str) -> Result<HashMap<String, Known>, DatabaseError> {
    let rows = transaction.all(&products::LOAD, &[&insurer]).await?;
    let known = rows.iter().map(|row| {
        let (id, revision): (String, i64) = (row.get(0), row.get(1));
        // A state that does not decode was written by a later version: the product is told anew, its revision grows on.
        let unknown = |_| Known { state: Product { revision, ..Product::default() }, fingerprint: Vec::new() };
        (id, Known::decode(row.get(3), row.get(2)).unwrap_or_else(unknown))
    });
    Ok(known.collect())
}

async fn save(transaction: &Transaction<'_>, insurer: &str, changes: &[Change]) -> Result<(), DatabaseError> {
    let states: Vec<&Product> = changes.iter().filter_map(|change| change.event.product.as_ref()).collect();
    let ids: Vec<&str> = states.iter().map(|product| product.product_id.as_str()).collect();
    let revisions: Vec<i64> = states.iter().map(|product| product.revision).collect();
    let hashes: Vec<&[u8]> = changes.iter().map(|change| change.fingerprint.as_slice()).collect();
    let encoded: Vec<Vec<u8>> = states.iter().map(|product| product.encode_to_vec()).collect();
    let withdrawn: Vec<bool> = states.iter().map(|product| product.withdrawn).collect();
    transaction.run(&products::SAVE, &[&insurer, &ids, &revisions, &hashes, &encoded, &withdrawn]).await?;
    Ok(())
}

/// Writes the events of changes into the outbox, in the caller's open transaction.
async fn append(
    transaction: &Transaction<'_>, topic: &str, insurer: &str, changes: &[Change],
) -> Result<(), DatabaseError> {
    if changes.is_empty() {
        return Ok(());
    }
    let states: Vec<&Product> = changes.iter().filter_map(|change| change.event.product.as_ref()).collect();
    let headers = StoredHeaders { source: SOURCE.to_owned(), traceparent: current_traceparent(), tracestate: None };
    let ids: Vec<Uuid> = changes.iter().map(|_| EventId::generate().0).collect();
    let same = |text: &str| vec![text.to_owned(); changes.len()];
    let keys: Vec<String> = states.iter().map(|product| format!("{insurer}/{}", product.product_id)).collect();
    let payloads: Vec<Vec<u8>> = changes.iter().map(|change| change.event.encode_to_vec()).collect();
    let headers: Vec<Json<&StoredHeaders>> = changes.iter().map(|_| Json(&headers)).collect();
    let products: Vec<&str> = states.iter().map(|product| product.product_id.as_str()).collect();
    let revisions: Vec<i64> = states.iter().map(|product| product.revision).collect();
    let kinds: Vec<String> = changes.iter().map(|change| kind_text(change.event.kind()).to_owned()).collect();
    let fields: Vec<String> = changes.iter().map(changed_fields).collect();
    transaction
        .run(
            &product_events::APPEND,
            &[
                &ids,
                &same(topic),
                &keys,
                &same(KIND),
                &payloads,
                &headers,
                &same(insurer),
                &products,
                &revisions,
                &kinds,
                &fields,
            ],
        )
        .await?;
    Ok(())
}

fn changed_fields(change: &Change) -> String {
    let paths: Vec<&str> = change.event.changes.iter().map(|field| field.path.as_str()).collect();
    paths.join(SEPARATOR)
}

fn kind_text(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Unspecified => "unspecified",
        ChangeKind::Added => "added",
        ChangeKind::Changed => "changed",
        ChangeKind::Withdrawn => "withdrawn",
        ChangeKind::Restored => "restored",
    }
}

impl Target<Catalogue> for Writer {
    async fn etags(&self, insurer: &str) -> Result<BTreeMap<String, String>, DatabaseError> {
        let client = self.database.get().await?;
        let row = client.first(&insurers::LOAD, &[&insurer]).await?;
        // Tags that do not read as a map are forgotten: the next answer is then a whole one.
        Ok(row
            .and_then(|row| row.try_get::<_, Json<BTreeMap<String, String>>>(0).ok())
            .map(|tags| tags.0)
            .unwrap_or_default())
    }

    async fn accept(&self, insurer: &str, polled: Polled<Catalogue>) -> Result<Accepted, DatabaseError> {
        let (content, etags) = match polled {
            // The same as the last answer that was accepted: whatever was held in between is over.
            Polled::NotModified => return self.remember_unchanged(insurer, "not-modified", None).await,
            Polled::Whole { content, etags } => (content, etags),
        };
        if self.is_unchanged(insurer, &content).await? {
            return self.remember_unchanged(insurer, "whole", Some(Json(etags))).await;
        }
        let span = tracing::info_span!("catalogue.write", insurer, products = content.len());
        self.write(insurer, &content, &etags).instrument(span).await
    }

    async fn failed(&self, insurer: &str, error: &PollError) -> Result<(), DatabaseError> {
        let client = self.database.get().await?;
        let text = error.to_string();
        client.run(&insurers::RECORD_POLL, &[&insurer, &error.kind(), &Some(text), &no_etags()]).await?;
        Ok(())
    }
}
