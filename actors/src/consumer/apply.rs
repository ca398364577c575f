//! One transaction for a batch: inbox, effects, dead letters, offset. A batch that fails for good is halved until the
//! record that fails stands alone.

use std::collections::HashSet;
use std::sync::Arc;

use deadpool_postgres::Transaction;
use polis_proto::{Epoch, Offset};
use polis_schema::sql::{dead_letters, inbox, offsets};
use tokio_postgres::types::Json;
use uuid::Uuid;

use super::batch::{DeadLetter, Item, dead};
use super::{ConsumerError, Incoming, Projection};
use crate::database::{Database, DatabaseError, Run};
use crate::failpoint;
use crate::runtime::caught;

/// Where a partition's effects go, under which ownership.
pub(crate) struct Applier<P: Projection> {
    pub(crate) projection: Arc<P>,
    pub(crate) database: Database,
    pub(crate) consumer: Arc<str>,
    pub(crate) topic: Arc<str>,
    pub(crate) partition: i32,
    pub(crate) epoch: Epoch,
    /// Keys whose records wait behind a dead letter.
    pub(crate) parked: HashSet<String>,
}

impl<P: Projection> Applier<P> {
    /// Applies records in order and moves the offset behind the last one. On an error nothing of the part that failed
    /// is kept, and what remains comes back, to be tried again.
    pub(crate) async fn apply(
        &mut self, items: Vec<Item<P::Event>>,
    ) -> Result<(), (ConsumerError, Vec<Item<P::Event>>)> {
        let mut parts = vec![items];
        while let Some(part) = parts.pop() {
            let part = self.set_aside_parked(part);
            let Err(error) = self.try_part(&part).await else { continue };
            // A dead letter that cannot be kept holds the partition: going on would lose it.
            let stuck = matches!(part.as_slice(), [Item::Dead(_)]);
            if error.is_passing() || stuck || matches!(error, ConsumerError::Fenced) {
                parts.push(part);
                return Err((error, parts.into_iter().rev().flatten().collect()));
            }
            parts.extend(self.narrow(part, &error));
        }
        Ok(())
    }

    /// Halves a part; a record that stands alone becomes a dead letter. Later parts come first: they are taken last.
    fn narrow(&mut self, mut part: Vec<Item<P::Event>>, error: &ConsumerError) -> Vec<Vec<Item<P::Event>>> {
        if part.len() > 1 {
            let right = part.split_off(part.len() / 2);
            return vec![right, part];
        }
        let reason = crate::runtime::error_text(error);
        let alone = part.into_iter().map(|item| match item {
            Item::Event { incoming, key, record, .. } => {
                let (id, data) = (incoming.envelope.id.0, incoming.envelope.data);
                Item::Dead(dead(incoming.offset, key, Some(id), &record, Some(data), error.cause(), reason.clone()))
            }
            dead @ Item::Dead(_) => dead,
        });
        vec![alone.collect()]
    }

    /// Records of keys that were parked since the batch was sorted wait behind.
    fn set_aside_parked(&mut self, part: Vec<Item<P::Event>>) -> Vec<Item<P::Event>> {
        part.into_iter()
            .map(|item| match item {
                Item::Event { incoming, key, record, .. } if self.parked.contains(&key) => {
                    let reason = "an earlier record of this key is parked".to_owned();
                    let (id, data) = (incoming.envelope.id.0, incoming.envelope.data);
                    Item::Dead(dead(incoming.offset, key, Some(id), &record, Some(data), "behind", reason))
                }
                Item::Dead(dead) => {
                    self.parked.insert(dead.key.clone());
                    Item::Dead(dead)
                }
                event @ Item::Event { .. } => event,
            })
            .collect()
    }

    async fn try_part(&self, part: &[Item<P::Event>]) -> Result<(), ConsumerError> {
        let Some(last) = part.last() else { return Ok(()) };
        let mut client = self.database.get().await?;
        let transaction = client.transaction().await.map_err(DatabaseError::from)?;
        let fresh = self.unseen(&transaction, part).await?;
        // Panics of the projection are its error, not the end of the partition.
        let effects = caught(self.effects(&transaction, part, &fresh)).await;
        effects.map_err(|panic| ConsumerError::Panicked(panic.to_string()))??;
        for item in part {
            if let Item::Dead(letter) = item {
                self.park(&transaction, letter).await?;
            }
        }
        self.advance(&transaction, last.offset()).await?;
        failpoint::reach("consumer::before_commit");
        transaction.commit().await.map_err(DatabaseError::from)?;
        failpoint::reach("consumer::after_commit");
        self.count(part, fresh.len());
        Ok(())
    }

    /// Ids of the events that have not had their effects. A second copy within the batch is dropped as well.
    async fn unseen(
        &self, transaction: &Transaction<'_>, part: &[Item<P::Event>],
    ) -> Result<HashSet<(Uuid, Offset)>, ConsumerError> {
        let mut first = std::collections::HashMap::new();
        for item in part {
            if let Item::Event { incoming, .. } = item {
                first.entry(incoming.envelope.id.0).or_insert(incoming.offset);
            }
        }
        let ids: Vec<Uuid> = first.keys().copied().collect();
        if ids.is_empty() {
            return Ok(HashSet::new());
        }
        for row in transaction.all(&inbox::SEEN, &[&&*self.consumer, &ids]).await? {
            first.remove(&row.get::<_, Uuid>(0));
        }
        let ids: Vec<Uuid> = first.keys().copied().collect();
        transaction.run(&inbox::REMEMBER, &[&&*self.consumer, &ids]).await?;
        Ok(first.into_iter().collect())
    }

    async fn effects(
        &self, transaction: &Transaction<'_>, part: &[Item<P::Event>], fresh: &HashSet<(Uuid, Offset)>,
    ) -> Result<(), ConsumerError> {
        let batch: Vec<&Incoming<P::Event>> = part
            .iter()
            .filter_map(|item| match item {
                Item::Event { incoming, .. } if fresh.contains(&(incoming.envelope.id.0, incoming.offset)) => {
                    Some(incoming)
                }
                _ => None,
            })
            .collect();
        if batch.is_empty() {
            return Ok(());
        }
        self.projection.apply(transaction, &batch).await.map_err(ConsumerError::Projection)
    }

    async fn park(&self, transaction: &Transaction<'_>, letter: &DeadLetter) -> Result<(), ConsumerError> {
        let DeadLetter { offset, key, event_id, headers, value, time, cause, reason } = letter;
        let value = value.as_deref();
        transaction
            .run(
                &dead_letters::PARK,
                &[
                    &&*self.consumer,
                    &&*self.topic,
                    &self.partition,
                    &offset.0,
                    key,
                    event_id,
                    &Json(headers),
                    &value,
                    time,
                    cause,
                    reason,
                    &1,
                ],
            )
            .await?;
        Ok(())
    }

    async fn advance(&self, transaction: &Transaction<'_>, last: Offset) -> Result<(), ConsumerError> {
        let next = last.0 + 1;
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 5] =
            [&&*self.consumer, &&*self.topic, &self.partition, &self.epoch.0, &next];
        match transaction.run(&offsets::ADVANCE, &parameters).await? {
            0 => Err(ConsumerError::Fenced),
            _ => Ok(()),
        }
    }

    fn count(&self, part: &[Item<P::Event>], applied: usize) {
        let consumer = self.consumer.to_string();
        metrics::counter!("consumer_applied_total", "consumer" => consumer.clone()).increment(applied as u64);
        for item in part {
            if let Item::Dead(letter) = item {
                tracing::error!(
                    consumer,
                    topic = &*self.topic,
                    partition = self.partition,
                    offset = letter.offset.0,
                    key = letter.key,
                    cause = letter.cause,
                    reason = letter.reason,
                    "record set aside as a dead letter"
                );
                metrics::counter!("consumer_dead_letters_total", "consumer" => consumer.clone(), "cause" => letter.cause)
                    .increment(1);
            }
        }
        let events = part.iter().filter(|item| matches!(item, Item::Event { .. })).count();
        metrics::counter!("consumer_duplicates_total", "consumer" => consumer).increment((events - applied) as u64);
    }
}
