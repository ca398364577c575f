//! One transaction for a batch: inbox, effects, and what is kept of its records. A batch that fails for good is halved until
//! the record that fails stands alone; records that have to wait leave a batch at once.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use deadpool_postgres::Transaction;
use polis_proto::{Epoch, Offset};
use polis_schema::sql::{dead_letters, inbox, offsets};
use uuid::Uuid;

use super::batch::{Item, WAITING};
use super::parked::Parked;
use super::place::Owned;
use super::{ConsumerError, Incoming, Projection, ProjectionError};
use crate::database::{Database, DatabaseError, Run};
use crate::failpoint;
use crate::runtime::caught;

/// Where a partition's effects go, under which ownership.
pub(crate) struct Applier<P: Projection> {
    pub(crate) projection: Arc<P>,
    pub(crate) database: Database,
    pub(crate) owned: Owned,
}

/// The events of a part that have their effects now.
pub(crate) struct Fresh(HashSet<(Uuid, Offset)>);

impl Fresh {
    pub(crate) fn has<E>(&self, incoming: &Incoming<E>) -> bool {
        self.0.contains(&(incoming.envelope.id.0, incoming.offset))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// What is kept of records: those of the topic, of dead letters that are tried again, of a range that is applied again.
pub(crate) trait Keep<E>: Send {
    /// Before and after the commit: where a test may have the process die.
    const FAILPOINTS: [&'static str; 2];

    /// Whether events have their effects although they have had them before.
    fn again(&self) -> bool {
        false
    }

    /// Keys whose records wait behind one that failed.
    fn parked(&mut self) -> &mut Parked;

    /// Writes what becomes of a part, in the transaction of its effects, and makes sure that it is still ours.
    fn keep(
        &mut self, transaction: &Transaction<'_>, owned: &Owned, part: &[Item<E>], fresh: &Fresh,
    ) -> impl Future<Output = Result<(), ConsumerError>> + Send;

    /// The part is committed.
    fn kept(&mut self, owned: &Owned, part: &[Item<E>], fresh: &Fresh);
}

/// What there is to do beside consuming.
pub(crate) struct Look {
    pub(crate) next_offset: i64,
    /// When the next record that waits is tried again, in seconds.
    pub(crate) due_in: Option<f64>,
    /// Whether an order is open.
    pub(crate) ordered: bool,
}

impl<P: Projection> Applier<P> {
    /// Applies records in order. On an error nothing of the part that failed is kept, and what remains comes back, to be tried
    /// again.
    pub(crate) async fn apply<K: Keep<P::Event>>(
        &self, items: Vec<Item<P::Event>>, keep: &mut K,
    ) -> Result<(), (ConsumerError, Vec<Item<P::Event>>)> {
        let mut parts = vec![items];
        while let Some(part) = parts.pop() {
            let part = set_aside_parked(part, keep.parked());
            let Err(error) = self.try_part(&part, keep).await else { continue };
            // A dead letter that cannot be kept holds the partition: going on would lose it.
            let stuck = matches!(part.as_slice(), [Item::Dead(_)]);
            if error.is_passing() || stuck || error.is_of_all() {
                parts.push(part);
                return Err((error, parts.into_iter().rev().flatten().collect()));
            }
            parts.extend(narrow(part, &error));
        }
        Ok(())
    }

    async fn try_part<K: Keep<P::Event>>(&self, part: &[Item<P::Event>], keep: &mut K) -> Result<(), ConsumerError> {
        if part.is_empty() {
            return Ok(());
        }
        let mut client = self.database.get().await?;
        let transaction = client.transaction().await.map_err(DatabaseError::from)?;
        let fresh = self.unseen(&transaction, part, keep.again()).await?;
        // Panics of the projection are its error, not the end of the partition.
        let effects = caught(self.effects(&transaction, part, &fresh)).await;
        effects.map_err(|panic| ConsumerError::Panicked(panic.to_string()))??;
        keep.keep(&transaction, &self.owned, part, &fresh).await?;
        let [before, after] = K::FAILPOINTS;
        failpoint::reach(before);
        transaction.commit().await.map_err(DatabaseError::from)?;
        failpoint::reach(after);
        keep.kept(&self.owned, part, &fresh);
        Ok(())
    }

    /// The events that have not had their effects, or all of them if they are to have them again. A second copy within the batch is
    /// dropped as well. From here on the inbox knows all.
    async fn unseen(
        &self, transaction: &Transaction<'_>, part: &[Item<P::Event>], again: bool,
    ) -> Result<Fresh, ConsumerError> {
        let mut first = HashMap::new();
        for item in part {
            if let Item::Event { incoming, .. } = item {
                first.entry(incoming.envelope.id.0).or_insert(incoming.offset);
            }
        }
        let consumer = &self.owned.place.consumer;
        let ids: Vec<Uuid> = first.keys().copied().collect();
        if ids.is_empty() {
            return Ok(Fresh(HashSet::new()));
        }
        let all = again.then(|| first.clone());
        for row in transaction.all(&inbox::SEEN, &[consumer, &ids]).await? {
            first.remove(&row.get::<_, Uuid>(0));
        }
        let ids: Vec<Uuid> = first.keys().copied().collect();
        transaction.run(&inbox::REMEMBER, &[consumer, &ids]).await?;
        Ok(Fresh(all.unwrap_or(first).into_iter().collect()))
    }

    async fn effects(
        &self, transaction: &Transaction<'_>, part: &[Item<P::Event>], fresh: &Fresh,
    ) -> Result<(), ConsumerError> {
        let batch: Vec<&Incoming<P::Event>> = part
            .iter()
            .filter_map(|item| match item {
                Item::Event { incoming, .. } if fresh.has(incoming) => Some(incoming),
                _ => None,
            })
            .collect();
        if batch.is_empty() {
            return Ok(());
        }
        self.projection.apply(transaction, &batch).await.map_err(ConsumerError::Projection)
    }

    /// What there is to do. What was decided since the last look is known afterwards.
    pub(crate) async fn look(&mut self, parked: &mut Parked) -> Result<Look, ConsumerError> {
        let client = self.database.get().await?;
        let place = self.owned.place.parameters();
        let row = client.first(&offsets::LOOK, &place).await?.ok_or(ConsumerError::Fenced)?;
        let (epoch, decisions) = (Epoch(row.get(0)), row.get(1));
        match self.owned.is_as_known(epoch, decisions) {
            Err(ConsumerError::Decided) => {
                // Read after the number of decisions: what is decided meanwhile has a number of its own.
                *parked = Parked::known(
                    client.all(&dead_letters::PARKED_KEYS, &place).await?.iter().map(|row| (row.get(0), row.get(1))),
                );
                self.owned.decisions = decisions;
            }
            known => known?,
        }
        Ok(Look { next_offset: row.get(2), due_in: row.get(3), ordered: row.get(4) })
    }
}

/// Records of keys that were parked since the batch was sorted wait behind.
fn set_aside_parked<E>(part: Vec<Item<E>>, parked: &mut Parked) -> Vec<Item<E>> {
    let aside = |item: Item<E>| match item {
        Item::Event { ref key, .. } if parked.contains(key) => item.into_behind(),
        Item::Dead(ref letter) if letter.is_head() => {
            parked.set_aside(&letter.key, letter.cause == WAITING);
            item
        }
        item => item,
    };
    part.into_iter().map(aside).collect()
}

/// What is tried next of a part that failed; later parts come first: they are taken last. Records that have to wait are set aside and
/// the part stays whole. Any other is halved; a record that stands alone becomes a dead letter.
fn narrow<E>(mut part: Vec<Item<E>>, error: &ConsumerError) -> Vec<Vec<Item<E>>> {
    if let ConsumerError::Projection(ProjectionError::Waiting(waiting)) = error {
        let waiting: HashMap<Offset, &str> =
            waiting.iter().map(|(offset, reason)| (*offset, reason.as_str())).collect();
        let concerned = |item: &Item<E>| matches!(item, Item::Event { .. }) && waiting.contains_key(&item.offset());
        if part.iter().any(concerned) {
            let aside = |item: Item<E>| match waiting.get(&item.offset()) {
                Some(reason) => item.into_dead(WAITING, reason),
                None => item,
            };
            return vec![part.into_iter().map(aside).collect()];
        }
    }
    if part.len() > 1 {
        let right = part.split_off(part.len() / 2);
        return vec![right, part];
    }
    let reason = crate::runtime::error_text(error);
    vec![part.into_iter().map(|item| item.into_dead(error.cause(), &reason)).collect()]
}

#[cfg(test)]
mod tests {
    use polis_proto::Envelope;

    use super::super::batch::sort;
    use super::*;
    use crate::consumer::Applying;
    use crate::consumer::batch::{BEHIND, record};

    struct Texts;

    impl Projection for Texts {
        type Event = String;

        fn decode(&self, envelope: &Envelope) -> Result<String, String> {
            String::from_utf8(envelope.data.to_vec()).map_err(|error| error.to_string())
        }

        fn apply<'a>(&'a self, _: &'a Transaction<'a>, _: &'a [&'a Incoming<String>]) -> Applying<'a> {
            Box::pin(async { Ok(()) })
        }
    }

    fn part(keys: &[&str]) -> Vec<Item<String>> {
        let headers = |key: &str| {
            serde_json::json!({
                "ce_specversion": "1.0", "ce_id": Uuid::new_v4().to_string(), "ce_source": "/test", "ce_type": "test.Event",
                "ce_time": "2026-11-23T00:00:00Z", "ce_subject": key,
            })
        };
        let record = |(at, key): (usize, &&str)| {
            let offset = i64::try_from(at).unwrap();
            record(offset, key, &headers(key), Some(b"x".to_vec()), jiff::Timestamp::UNIX_EPOCH)
        };
        sort(&Texts, "test", keys.iter().enumerate().map(record).collect(), &Parked::default())
    }

    fn causes(part: &[Item<String>]) -> Vec<&'static str> {
        let cause = |item: &Item<String>| match item {
            Item::Event { .. } => "event",
            Item::Dead(letter) => letter.cause,
        };
        part.iter().map(cause).collect()
    }

    fn waiting(offsets: &[i64]) -> ConsumerError {
        let records = offsets.iter().map(|offset| (Offset(*offset), "not yet".to_owned())).collect();
        ConsumerError::Projection(ProjectionError::Waiting(records))
    }

    #[test]
    fn those_that_wait_leave_the_batch_with_what_is_behind_them() {
        let mut parts = narrow(part(&["a", "b", "a", "c"]), &waiting(&[0, 3]));
        assert_eq!(parts.len(), 1, "no halving");
        let mut parked = Parked::default();
        let part = set_aside_parked(parts.remove(0), &mut parked);
        assert_eq!(causes(&part), [WAITING, "event", BEHIND, WAITING]);
        assert_eq!((parked.stuck(), parked.waiting()), (0, 2));
    }

    #[test]
    fn a_batch_in_which_nothing_waits_is_halved() {
        let parts = narrow(part(&["a", "b", "c"]), &waiting(&[17]));
        assert_eq!(parts.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1], "the later part is taken last");
        let parts = narrow(part(&["a"]), &waiting(&[]));
        assert_eq!(causes(&parts[0]), [WAITING]);
        let parts = narrow(part(&["a"]), &ConsumerError::Panicked("at the disco".to_owned()));
        assert_eq!(causes(&parts[0]), ["panicked"]);
    }
}
