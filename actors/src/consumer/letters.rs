//! Dead letters that are tried again: those that wait, when they are due, and those that somebody ordered. In the order of their
//! offsets, through the same projection, inbox and ownership as the records of the topic.

use std::collections::{HashMap, HashSet};

use deadpool_postgres::Transaction;
use polis_proto::Offset;
use polis_schema::sql::{dead_letters, replays};
use tokio_postgres::types::Json;

use super::apply::{Applier, Fresh, Keep};
use super::aside::Order;
use super::batch::{DeadLetter, Item, WAITING, record, sort};
use super::figures;
use super::fingerprint::fingerprint;
use super::live::Live;
use super::parked::Parked;
use super::place::Owned;
use super::{ConsumerConfig, ConsumerError, Projection};
use crate::database::Run;

/// Who has it tried again when nobody ordered it.
const NOBODY: (&str, &str) = ("the service", "what it waited for has come");

/// Tries letters again: those of an order, or those that are due. Answers how many there were, 0 when none is left.
pub(crate) async fn try_again<P: Projection>(
    applier: &Applier<P>, live: &mut Live, order: Option<&Order>, most: usize,
) -> Result<usize, ConsumerError> {
    let place = &applier.owned.place;
    let [consumer, topic, partition] = place.parameters();
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let bytes = usize::try_from(live.config.most_bytes).unwrap_or_default();
    let client = applier.database.get().await?;
    let taken = match order {
        Some(order) => {
            client.page(&dead_letters::TAKE_REPLAYING, &[consumer, topic, partition, &most, &order.id], bytes).await
        }
        None => client.page(&dead_letters::TAKE_DUE, &[consumer, topic, partition, &most], bytes).await,
    };
    let (rows, _) = taken?;
    if rows.is_empty() {
        if let Some(order) = order {
            client.run(&replays::FINISH, &[&order.id, topic, partition]).await?;
        }
        return Ok(0);
    }
    drop(client);
    let mut tries = HashMap::new();
    let mut records = Vec::new();
    for row in &rows {
        let (offset, key): (i64, &str) = (row.get(0), row.get(1));
        let Json(headers) = row.get::<_, Json<serde_json::Value>>(2);
        tries.insert(
            Offset(offset),
            Tries { so_far: u32::try_from(row.get::<_, i32>(5)).unwrap_or_default(), last: row.get(6) },
        );
        records.push(record(offset, key, &headers, row.get(3), row.get(4)));
    }
    let count = records.len();
    let items = sort(&*applier.projection, &place.consumer, records, &Parked::default());
    let Live { parked, config } = live;
    let mut letters = Letters {
        order,
        config,
        tries,
        behind: Parked::default(),
        stopped: HashSet::new(),
        heads: Vec::new(),
        free: Vec::new(),
        parked,
    };
    applier.apply(items, &mut letters).await.map_err(|(error, _)| error)?;
    Ok(count)
}

#[derive(Clone, Copy, Default)]
struct Tries {
    so_far: u32,
    /// It has waited as long as it may.
    last: bool,
}

struct Letters<'a> {
    order: Option<&'a Order>,
    config: &'a ConsumerConfig,
    tries: HashMap<Offset, Tries>,
    /// Keys of which a record failed again.
    behind: Parked,
    /// The same, as far as it is committed.
    stopped: HashSet<String>,
    /// Keys of the part that is being kept, and whether the record that failed waits.
    heads: Vec<(String, bool)>,
    /// Keys of the part that have nothing left that is set aside.
    free: Vec<String>,
    /// What the records of the topic wait behind.
    parked: &'a mut Parked,
}

impl<E: Send + Sync + 'static> Keep<E> for Letters<'_> {
    const FAILPOINTS: [&'static str; 2] = ["replay::before_commit", "replay::after_commit"];

    fn parked(&mut self) -> &mut Parked {
        &mut self.behind
    }

    async fn keep(
        &mut self, transaction: &Transaction<'_>, owned: &Owned, part: &[Item<E>], _: &Fresh,
    ) -> Result<(), ConsumerError> {
        owned.hold(transaction).await?;
        let [consumer, topic, partition] = owned.place.parameters();
        let (done, keys): (Vec<i64>, Vec<&str>) = part
            .iter()
            .filter_map(|item| match item {
                Item::Event { incoming, key, .. } => Some((incoming.offset.0, key.as_str())),
                Item::Dead(_) => None,
            })
            .unzip();
        if !done.is_empty() {
            let (by, why) = self.order.map_or(NOBODY, |order| (order.by.as_str(), order.why.as_str()));
            transaction.run(&dead_letters::REPLAYED, &[consumer, topic, partition, &done, &by, &why]).await?;
        }
        let heads = self.failed(part);
        let left = self.stop(transaction, owned, &heads).await?;
        if let Some(order) = self.order {
            let (applied, failed) = (count(done.len()), count(heads.len()));
            let first = heads.first().map(|letter| failure(letter));
            let counts: [&(dyn tokio_postgres::types::ToSql + Sync); 7] =
                [&order.id, topic, partition, &applied, &failed, &left, &first];
            transaction.run(&replays::COUNT, &counts).await?;
        }
        let free = transaction.all(&dead_letters::FREE, &[consumer, topic, partition, &keys]).await?;
        self.free = free.iter().map(|row| row.get(0)).collect();
        self.heads = heads.iter().map(|letter| (letter.key.clone(), self.due_in(letter).is_some())).collect();
        Ok(())
    }

    fn kept(&mut self, owned: &Owned, part: &[Item<E>], fresh: &Fresh) {
        figures::applied(&owned.place, part, fresh);
        figures::replayed(&owned.place, part.iter().filter(|item| matches!(item, Item::Event { .. })).count());
        for key in self.free.drain(..) {
            self.parked.free(&key);
        }
        for letter in self.failed(part) {
            if self.due_in(letter).is_none() {
                figures::set_aside(&owned.place, letter, false);
            }
        }
        for (key, waits) in self.heads.drain(..) {
            self.parked.is_now(&key, waits);
            self.stopped.insert(key);
        }
    }
}

impl Letters<'_> {
    /// What failed by itself, the first of each key: what is behind that was not tried.
    fn failed<'p, E>(&self, part: &'p [Item<E>]) -> Vec<&'p DeadLetter> {
        let mut seen = HashSet::new();
        let mut failed = Vec::new();
        for item in part {
            if let Item::Dead(letter) = item
                && letter.is_head()
                && !self.stopped.contains(&letter.key)
                && seen.insert(letter.key.as_str())
            {
                failed.push(letter);
            }
        }
        failed
    }

    /// In how many seconds it is tried again by itself. One that somebody ordered begins to wait anew.
    fn due_in(&self, letter: &DeadLetter) -> Option<f64> {
        let tries = self.tries.get(&letter.offset).copied().unwrap_or_default();
        if letter.cause != WAITING || tries.last {
            return None;
        }
        let so_far = if self.order.is_some() { 0 } else { tries.so_far.saturating_add(1) };
        Some(self.config.retries.delay(so_far, fastrand::f64()).as_secs_f64())
    }

    /// Keeps why they failed. What is behind them stays there. Answers how much of the order that is.
    async fn stop(
        &self, transaction: &Transaction<'_>, owned: &Owned, heads: &[&DeadLetter],
    ) -> Result<i64, ConsumerError> {
        if heads.is_empty() {
            return Ok(0);
        }
        let [consumer, topic, partition] = owned.place.parameters();
        let offsets: Vec<i64> = heads.iter().map(|letter| letter.offset.0).collect();
        let causes: Vec<&str> = heads.iter().map(|letter| letter.cause).collect();
        let reasons: Vec<&str> = heads.iter().map(|letter| letter.reason.as_str()).collect();
        let fingerprints: Vec<String> = reasons.iter().map(|reason| fingerprint(reason)).collect();
        let due: Vec<Option<f64>> = heads.iter().map(|letter| self.due_in(letter)).collect();
        let order = self.order.map(|order| order.id);
        let waits = order.map(|_| self.config.wait_at_most.as_secs_f64());
        transaction
            .run(
                &dead_letters::FAILED,
                &[consumer, topic, partition, &offsets, &causes, &reasons, &fingerprints, &due, &waits, &order],
            )
            .await?;
        let rows = transaction.all(&dead_letters::STOP, &[consumer, topic, partition, &offsets, &order]).await?;
        Ok(count(rows.iter().filter(|row| row.get::<_, bool>(0)).count()))
    }
}

/// A failure, for whoever asks how an order went.
pub(crate) fn failure(letter: &DeadLetter) -> String {
    format!("offset {}: {}", letter.offset.0, letter.reason)
}

pub(crate) fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
