//! Writes catalogues: products and their events in one transaction, all of an answer or nothing.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use polis_actors::database::{Database, DatabaseError, Run};
use polis_actors::failpoint;
use polis_actors::lease::Held;
use polis_actors::poller::{Accepted, PollError, Polled, Target, Validators};
use polis_actors::relay::StoredHeaders;
use polis_actors::telemetry::trace::current_traceparent;
use polis_proto::EventId;
use polis_proto::catalogue::v1::{ChangeKind, Product};
use polis_schema::sql::{insurers, leases, product_events, products};
use prost::Message;
use tokio_postgres::types::{Json, ToSql};
use tracing::Instrument;
use uuid::Uuid;

use super::diff::{Change, Known, compare, fingerprint};
use crate::config::GuardConfig;
use crate::offer::{Catalogue, Offer};

const SOURCE: &str = "/ins-product-aggregator";
const KIND: &str = "polis.catalogue.v1.ProductEvent";
/// Between the names of changed fields in one text; see `product_events/append.sql`.
const SEPARATOR: &str = "\u{1f}";

/// Where the catalogues of one insurer go.
#[derive(Clone, Debug)]
pub struct Writer {
    /// The aggregator's database.
    pub database: Database,
    /// Where events go.
    pub topic: String,
    /// Its identifier.
    pub insurer: String,
    /// Its name for people.
    pub name: String,
    /// What keeps a broken answer from emptying its catalogue.
    pub guard: GuardConfig,
    /// Its configuration, in few bytes: validators of another one say nothing.
    pub configured_as: String,
}

impl Writer {
    /// Whether every product is known as it is offered and no other is: the common case, without loading states.
    async fn is_unchanged(&self, offers: &[Offer]) -> Result<bool, DatabaseError> {
        let client = self.database.get().await?;
        let rows = client.all(&products::HASHES, &[&self.insurer]).await?;
        let known: HashMap<String, Vec<u8>> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let same =
            |offer: &Offer| known.get(&offer.product_id).is_some_and(|print| *print == fingerprint(&self.name, offer));
        Ok(known.len() == offers.len() && offers.iter().all(same))
    }

    async fn record(
        &self, transaction: &Transaction<'_>, outcome: &str, error: Option<&str>, validators: Option<&Validators>,
    ) -> Result<(), DatabaseError> {
        let validators = validators.map(Json);
        let parameters: [&(dyn ToSql + Sync); 5] = [&self.insurer, &outcome, &error, &validators, &self.configured_as];
        transaction.run(&insurers::RECORD_POLL, &parameters).await?;
        Ok(())
    }

    /// Whether an operator has let an answer of so few products go.
    async fn is_approved(&self, transaction: &Transaction<'_>, offers: &[Offer]) -> Result<bool, DatabaseError> {
        let count = i32::try_from(offers.len()).unwrap_or(i32::MAX);
        Ok(transaction.first(&insurers::APPROVED, &[&self.insurer, &count]).await?.is_some())
    }

    /// Commits if the lease is ours until then. Checked last, so that its renewal need not wait for a long write.
    async fn commit(transaction: Transaction<'_>, held: &Held) -> Result<bool, DatabaseError> {
        let ours = transaction.first(&leases::FENCE, &[&held.resource(), &held.epoch().0]).await?.is_some();
        if ours {
            transaction.commit().await?;
        }
        Ok(ours)
    }

    async fn unchanged(
        &self, outcome: &str, validators: Option<&Validators>, held: &Held,
    ) -> Result<Accepted, DatabaseError> {
        let mut client = self.database.get().await?;
        let transaction = client.transaction().await?;
        transaction.run(&insurers::UNHOLD, &[&self.insurer]).await?;
        self.record(&transaction, outcome, None, validators).await?;
        Ok(if Self::commit(transaction, held).await? { Accepted::Unchanged } else { Accepted::Fenced })
    }

    async fn write(&self, offers: &[Offer], validators: &Validators, held: &Held) -> Result<Accepted, DatabaseError> {
        let mut client = self.database.get().await?;
        let transaction = client.transaction().await?;
        let known = load(&transaction, &self.insurer).await?;
        let changes = match compare((&self.insurer, &self.name), &known, offers, Timestamp::now()) {
            Err(error) => Err(error.to_string()),
            Ok(changes) => match self.too_much_withdrawn(&known, &changes) {
                Some(reason) if !self.is_approved(&transaction, offers).await? => Err(reason),
                _ => Ok(changes),
            },
        };
        let changes = match changes {
            Ok(changes) => changes,
            Err(reason) => {
                let before = i32::try_from(on_offer(&known)).unwrap_or(i32::MAX);
                let after = i32::try_from(offers.len()).unwrap_or(i32::MAX);
                transaction.run(&insurers::HOLD, &[&self.insurer, &reason, &before, &after]).await?;
                self.record(&transaction, "held", Some(&reason), None).await?;
                let ours = Self::commit(transaction, held).await?;
                return Ok(if ours { Accepted::Held(reason) } else { Accepted::Fenced });
            }
        };
        save(&transaction, &self.insurer, &changes).await?;
        append(&transaction, &self.topic, &self.insurer, &changes).await?;
        transaction.run(&insurers::UNHOLD, &[&self.insurer]).await?;
        self.record(&transaction, "whole", None, Some(validators)).await?;
        if !Self::commit(transaction, held).await? {
            return Ok(Accepted::Fenced);
        }
        failpoint::reach("writer::after_commit");
        metrics::counter!("catalogue_changes_total", "insurer" => self.insurer.clone()).increment(changes.len() as u64);
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
    async fn validators(&self) -> Result<Validators, DatabaseError> {
        let client = self.database.get().await?;
        let row = client.first(&insurers::LOAD, &[&self.insurer, &self.configured_as]).await?;
        // What does not read is forgotten: the next answer is then a whole one.
        Ok(row.and_then(|row| row.try_get::<_, Json<Validators>>(0).ok()).map(|found| found.0).unwrap_or_default())
    }

    async fn accept(&self, polled: Polled<Catalogue>, held: &Held) -> Result<Accepted, DatabaseError> {
        let (content, validators) = match polled {
            // The same as the last answer that was accepted: whatever was held in between is over.
            Polled::NotModified => return self.unchanged("not-modified", None, held).await,
            Polled::Whole { content, validators } => (content, validators),
        };
        if self.is_unchanged(&content).await? {
            return self.unchanged("whole", Some(&validators), held).await;
        }
        let span = tracing::info_span!("catalogue.write", insurer = self.insurer, products = content.len());
        self.write(&content, &validators, held).instrument(span).await
    }

    async fn failed(&self, error: &PollError) -> Result<(), DatabaseError> {
        let mut client = self.database.get().await?;
        let transaction = client.transaction().await?;
        self.record(&transaction, error.kind(), Some(&error.to_string()), None).await?;
        Ok(transaction.commit().await?)
    }
}
