//! Writes catalogues: products, their events and their history in one transaction, all of an answer or nothing.

use std::collections::HashMap;

use deadpool_postgres::Transaction;
use jiff::{Timestamp, Unit};
use polis_actors::database::{Database, DatabaseError, Run};
use polis_actors::failpoint;
use polis_actors::lease::Held;
use polis_actors::poller::{Accepted, PollError, Polled, Target, Validators};
use polis_proto::catalogue::v1::Product;
use polis_schema::sql::{insurers, products};
use prost::Message;
use tokio_postgres::types::{Json, ToSql};
use tracing::Instrument;

use super::diff::{Change, Difference, Print, changes, difference};
use super::history;
use super::outbox::{append, kind_text};
use crate::config::GuardConfig;
use crate::offer::{Catalogue, Offer};

/// Changes written by one statement: the columns of all of a very large catalogue need not be in memory at once.
const AT_ONCE: usize = 5_000;

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

    /// The insurer itself says that nothing has changed: one statement.
    async fn confirmed(&self, held: &Held) -> Result<Accepted, DatabaseError> {
        let client = self.database.get().await?;
        let parameters: [&(dyn ToSql + Sync); 5] =
            [&self.insurer, &"not-modified", &self.configured_as, &held.resource(), &held.epoch().0];
        let Some(row) = client.first(&insurers::RECORD_UNCHANGED, &parameters).await? else {
            return Ok(Accepted::Fenced);
        };
        // This process may not have seen the catalogue itself.
        self.gauge(row.get::<_, i64>(0) as f64);
        Ok(Accepted::Unchanged)
    }

    async fn write(&self, offers: &[Offer], validators: &Validators, held: &Held) -> Result<Accepted, DatabaseError> {
        let mut client = self.database.get().await?;
        let transaction = client.transaction().await?;
        transaction.run(&insurers::LOCK, &[&self.insurer]).await?;
        let known = prints(&transaction, &self.insurer).await?;
        let difference = difference(&self.name, &known, offers);
        let on_offer = known.values().filter(|known| !known.withdrawn).count();
        let held_back = match self.too_much_withdrawn(on_offer, difference.absent.len()) {
            Some(_) if self.is_approved(&transaction, offers).await? => None,
            reason => reason,
        };
        let changes = match held_back {
            Some(reason) => Err(reason),
            None => self.changes(&transaction, difference).await?,
        };
        let (now, changes) = match changes {
            Ok(changes) => changes,
            Err(reason) => {
                let before = i32::try_from(on_offer).unwrap_or(i32::MAX);
                let after = i32::try_from(offers.len()).unwrap_or(i32::MAX);
                transaction.run(&insurers::HOLD, &[&self.insurer, &reason, &before, &after]).await?;
                self.record(&transaction, "held", Some(&reason), None).await?;
                let ours = held.commit(transaction).await?;
                return Ok(if ours { Accepted::Held(reason) } else { Accepted::Fenced });
            }
        };
        for some in changes.chunks(AT_ONCE) {
            save(&transaction, &self.insurer, some).await?;
            history::write(&transaction, &self.insurer, some, now).await?;
            let told: Vec<&Change> = some.iter().filter(|change| change.told).collect();
            append(&transaction, &self.topic, &self.insurer, &told).await?;
        }
        let told: Vec<&Change> = changes.iter().filter(|change| change.told).collect();
        transaction.run(&insurers::UNHOLD, &[&self.insurer]).await?;
        self.record(&transaction, "whole", None, Some(validators)).await?;
        if !held.commit(transaction).await? {
            return Ok(Accepted::Fenced);
        }
        failpoint::reach("writer::after_commit");
        self.count(offers, &told);
        Ok(if told.is_empty() { Accepted::Unchanged } else { Accepted::Changed(told.len()) })
    }

    /// When the changes were seen, and what they are; or why they cannot be told.
    async fn changes(
        &self, transaction: &Transaction<'_>, difference: Difference<'_>,
    ) -> Result<Result<(Timestamp, Vec<Change>), String>, DatabaseError> {
        // The database keeps microseconds: what goes out on the wire is the same time.
        let now = Timestamp::now().round(Unit::Microsecond).unwrap_or(Timestamp::UNIX_EPOCH);
        let states = if difference.is_empty() {
            HashMap::new()
        } else {
            load(transaction, &self.insurer, &difference.products()).await?
        };
        let changes = changes((&self.insurer, &self.name), &states, difference, now);
        Ok(changes.map(|changes| (now, changes)).map_err(|error| error.to_string()))
    }

    /// Absence is not deletion: an answer that is empty or lacks too many products is held.
    fn too_much_withdrawn(&self, before: usize, withdrawn: usize) -> Option<String> {
        let empties = withdrawn > 0 && withdrawn == before;
        let too_many = withdrawn > 1 && withdrawn as f64 > before as f64 * self.guard.most_withdrawn;
        (empties || too_many).then(|| {
            let most = self.guard.most_withdrawn * 100.0;
            format!("would withdraw {withdrawn} of {before} products; more than {most:.0} % is held for approval")
        })
    }

    fn gauge(&self, products: f64) {
        metrics::gauge!("catalogue_products", "insurer" => self.insurer.clone()).set(products);
    }

    fn count(&self, offers: &[Offer], told: &[&Change]) {
        self.gauge(offers.len() as f64);
        for change in told {
            let labels = [("insurer", self.insurer.clone()), ("kind", kind_text(change.event.kind()).to_owned())];
            metrics::counter!("catalogue_events_total", &labels).increment(1);
        }
    }
}

async fn prints(transaction: &Transaction<'_>, insurer: &str) -> Result<HashMap<String, Print>, DatabaseError> {
    let rows = transaction.all(&products::PRINTS, &[&insurer]).await?;
    Ok(rows.iter().map(|row| (row.get(0), Print { hash: row.get(1), withdrawn: row.get(2) })).collect())
}

async fn load(
    transaction: &Transaction<'_>, insurer: &str, wanted: &[&str],
) -> Result<HashMap<String, Product>, DatabaseError> {
    let rows = transaction.all(&products::LOAD, &[&insurer, &wanted]).await?;
    let state = |row: &tokio_postgres::Row| {
        let (id, revision): (String, i64) = (row.get(0), row.get(1));
        // A state that does not decode was written by a later version: the product is told anew, its revision grows on.
        let state = Product::decode(row.get::<_, &[u8]>(3));
        (id, state.unwrap_or_else(|_| Product { revision, ..Product::default() }))
    };
    Ok(rows.iter().map(state).collect())
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
            Polled::NotModified => return self.confirmed(held).await,
            Polled::Whole { content, validators } => (content, validators),
        };
        let span = tracing::info_span!("catalogue.write", insurer = self.insurer, products = content.len());
        self.write(&content, &validators, held).instrument(span).await
    }

    async fn failed(&self, error: &PollError, held: &Held) -> Result<(), DatabaseError> {
        let mut client = self.database.get().await?;
        let transaction = client.transaction().await?;
        self.record(&transaction, error.kind(), Some(&error.to_string()), None).await?;
        held.commit(transaction).await.map(drop)
    }
}
