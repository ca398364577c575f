//! A range of the topic that is gone through once more, over a connection of its own: events have their effects if the inbox does not
//! know them and nobody discarded them, or all of them by force. The consumer's offset stays where it is.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use polis_proto::Offset;
use polis_schema::sql::{dead_letters, replays};
use rskafka::client::partition::{OffsetAt, PartitionClient};
use rskafka::record::RecordAndOffset;

use super::apply::{Applier, Fresh, Keep};
use super::aside::{Extent, Order};
use super::batch::{DeadLetter, Item, sort};
use super::figures;
use super::letters::{count, failure};
use super::live::{Live, letters};
use super::parked::Parked;
use super::partition::{ANSWER, connect, fetch};
use super::place::Owned;
use super::{ConsumerError, Projection};
use crate::database::Run;
use crate::kafka::{Broker, Verdict, within};

/// What is in a range is there: the broker need not wait for it. What is not there was compacted away.
const POLL: Duration = Duration::from_millis(100);

/// Reads a range.
pub(crate) struct Range {
    connection: PartitionClient,
    /// Fetched and not applied yet.
    ahead: VecDeque<RecordAndOffset>,
}

impl Range {
    pub(crate) async fn open<P: Projection>(
        applier: &Applier<P>, live: &Live, broker: &Broker,
    ) -> Result<Self, ConsumerError> {
        let connection = connect(broker, &live.config, applier.owned.place.partition).await?;
        Ok(Self { connection, ahead: VecDeque::new() })
    }

    /// One step: finds out what the order means here, or applies the next records. Answers how many these were.
    pub(crate) async fn step<P: Projection>(
        &mut self, applier: &Applier<P>, live: &Live, order: &Order, extent: &Extent, most: usize, consumed: i64,
    ) -> Result<usize, ConsumerError> {
        let (Some(next), Some(to)) = (extent.next, extent.to) else {
            self.resolve(applier, order, extent, consumed).await?;
            return Ok(0);
        };
        if self.ahead.front().is_none_or(|first| first.offset != next) {
            self.ahead = self.fetched(applier, live, order, next, to).await?;
        }
        let within = self.ahead.iter().take(most).take_while(|record| record.offset < to).count();
        let records: Vec<RecordAndOffset> = self.ahead.drain(..within).collect();
        if records.is_empty() {
            // Nothing of the rest is there any more.
            skip(applier, order, to, 0).await?;
            return Ok(0);
        }
        // Up to where the next record is, nothing is missing.
        let end = records.last().map_or(next, |record| record.offset + 1);
        let behind = self.ahead.front().map_or(end, |record| record.offset.min(to));
        let records = without_discarded(applier, order, records).await?;
        let discarded = count(within - records.len());
        let Some(last) = records.last().map(|record| record.offset) else {
            skip(applier, order, behind, discarded).await?;
            return Ok(within);
        };
        let items = sort(&*applier.projection, &applier.owned.place.consumer, records, &live.parked);
        let mut keep = Again { order, behind, last: Offset(last), discarded, parked: Parked::default() };
        applier.apply(items, &mut keep).await.map_err(|(error, _)| error)?;
        Ok(within)
    }

    /// Offsets of a range: not before what the broker has, not behind what the consumer has seen. What comes later is consumed anyway.
    async fn resolve<P: Projection>(
        &self, applier: &Applier<P>, order: &Order, extent: &Extent, consumed: i64,
    ) -> Result<(), ConsumerError> {
        let earliest = within(ANSWER, self.connection.get_offset(OffsetAt::Earliest)).await?;
        let latest = within(ANSWER, self.connection.get_offset(OffsetAt::Latest)).await?;
        let end = consumed.min(latest);
        let from = match (extent.from_offset, extent.from_time) {
            (Some(offset), _) => offset,
            (None, Some(time)) => self.at(time).await?.unwrap_or(end),
            (None, None) => earliest,
        };
        let to = match (extent.to_offset, extent.to_time) {
            (Some(offset), _) => offset,
            (None, Some(time)) => self.at(time).await?.unwrap_or(end),
            (None, None) => end,
        };
        let (from, to) = (from.max(earliest), to.min(end));
        let [_, topic, partition] = applier.owned.place.parameters();
        let client = applier.database.get().await?;
        client.run(&replays::RESOLVE, &[&order.id, topic, partition, &from, &to.max(from)]).await?;
        Ok(())
    }

    /// The first record that is not older. None: all are.
    async fn at(&self, time: Timestamp) -> Result<Option<i64>, ConsumerError> {
        let time = chrono::DateTime::from_timestamp_millis(time.as_millisecond()).unwrap_or_default();
        let offset = within(ANSWER, self.connection.get_offset(OffsetAt::Timestamp(time))).await?;
        Ok((offset >= 0).then_some(offset))
    }

    async fn fetched<P: Projection>(
        &self, applier: &Applier<P>, live: &Live, order: &Order, next: i64, to: i64,
    ) -> Result<VecDeque<RecordAndOffset>, ConsumerError> {
        match fetch(&self.connection, next, live.config.most_bytes, POLL).await {
            Ok((records, _)) => Ok(records.into_iter().filter(|record| record.offset >= next).collect()),
            Err(error) if error.verdict() == Verdict::OutOfRange => {
                let earliest = within(ANSWER, self.connection.get_offset(OffsetAt::Earliest)).await?;
                let place = &applier.owned.place;
                tracing::warn!(
                    topic = place.topic,
                    partition = place.partition,
                    order = order.id,
                    from = next,
                    to = earliest,
                    "records of the range are gone"
                );
                skip(applier, order, earliest.clamp(next, to), 0).await?;
                // Its place has changed: what is known of it is looked up again.
                Err(ConsumerError::Decided)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// What was discarded never has its effects, unless by force.
async fn without_discarded<P: Projection>(
    applier: &Applier<P>, order: &Order, mut records: Vec<RecordAndOffset>,
) -> Result<Vec<RecordAndOffset>, ConsumerError> {
    if order.force {
        return Ok(records);
    }
    let offsets: Vec<i64> = records.iter().map(|record| record.offset).collect();
    let [consumer, topic, partition] = applier.owned.place.parameters();
    let client = applier.database.get().await?;
    let rows = client.all(&dead_letters::DISCARDED, &[consumer, topic, partition, &offsets]).await?;
    let discarded: HashSet<i64> = rows.iter().map(|row| row.get(0)).collect();
    records.retain(|record| !discarded.contains(&record.offset));
    Ok(records)
}

/// Goes on further behind. Nothing is applied, so it needs no ownership.
async fn skip<P: Projection>(
    applier: &Applier<P>, order: &Order, next: i64, left_out: i64,
) -> Result<(), ConsumerError> {
    let [_, topic, partition] = applier.owned.place.parameters();
    let client = applier.database.get().await?;
    client
        .run(&replays::ADVANCE, &[&order.id, topic, partition, &next, &0i64, &0i64, &left_out, &None::<&str>])
        .await?;
    Ok(())
}

/// Keeps how far it is.
struct Again<'a> {
    order: &'a Order,
    /// Where it goes on once all records are applied, and the last of them.
    behind: i64,
    last: Offset,
    /// How many were left out because they were discarded. Counted with the last one.
    discarded: i64,
    /// Keys of which a record failed.
    parked: Parked,
}

impl<E: Send + Sync + 'static> Keep<E> for Again<'_> {
    const FAILPOINTS: [&'static str; 2] = ["replay::before_commit", "replay::after_commit"];

    fn again(&self) -> bool {
        self.order.force
    }

    fn parked(&mut self) -> &mut Parked {
        &mut self.parked
    }

    async fn keep(
        &mut self, transaction: &Transaction<'_>, owned: &Owned, part: &[Item<E>], fresh: &Fresh,
    ) -> Result<(), ConsumerError> {
        owned.hold(transaction).await?;
        let last = part.last().map_or(self.last, Item::offset);
        let (next, discarded) = if last == self.last { (self.behind, self.discarded) } else { (last.0 + 1, 0) };
        let failed = failed(part);
        let left_out = count(part.len() - fresh.len() - failed.len()) + discarded;
        let (applied, failures) = (count(fresh.len()), count(failed.len()));
        let first = failed.first().map(|letter| failure(letter));
        let [_, topic, partition] = owned.place.parameters();
        let counts: [&(dyn tokio_postgres::types::ToSql + Sync); 8] =
            [&self.order.id, topic, partition, &next, &applied, &failures, &left_out, &first];
        match transaction.run(&replays::ADVANCE, &counts).await? {
            // Cancelled meanwhile.
            0 => Err(ConsumerError::Decided),
            _ => Ok(()),
        }
    }

    fn kept(&mut self, owned: &Owned, part: &[Item<E>], fresh: &Fresh) {
        figures::replayed(&owned.place, fresh.len());
        for letter in failed(part) {
            tracing::error!(
                consumer = owned.place.consumer,
                topic = owned.place.topic,
                partition = owned.place.partition,
                order = self.order.id,
                offset = letter.offset.0,
                key = letter.key,
                cause = letter.cause,
                reason = letter.reason,
                "record of a range cannot be applied again"
            );
        }
    }
}

fn failed<E>(part: &[Item<E>]) -> Vec<&DeadLetter> {
    letters(part).filter(|letter| letter.is_head()).collect()
}
