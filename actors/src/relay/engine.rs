//! Moves rows between reading, producing and marking, all three at once.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use deadpool_postgres::Object;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use polis_proto::{Epoch, partition_of};
use polis_schema::sql::outbox as shared;
use rskafka::client::Client;

use super::gaps::Gaps;
use super::lane::{Lane, Produced, Route, produce};
use super::page::{Page, Reader};
use super::row::{Read, Refused, Unsent};
use super::{Outbox, RelayConfig, RelayError};
use crate::database::{Database, DatabaseError, Run, Wake};
use crate::kafka::Broker;
use crate::lease::Held;
use crate::runtime::{Exit, Guarded, Progress, spawn_guarded};

type Pending<T> = Option<Pin<Box<dyn Future<Output = T> + Send>>>;

/// What the engine works on; owned by the actor, lent for one ownership of the lease.
pub(crate) struct Engine {
    outbox: Outbox,
    config: RelayConfig,
    reader: Reader,
    marker: Arc<Object>,
    broker: Broker,
    client: Arc<Client>,
    partitions: HashMap<String, i32>,
    progress: Progress,
    epoch: Epoch,
    resource: String,
    gaps: Gaps,
    /// Read, not yet marked.
    outstanding: BTreeSet<i64>,
    /// Rows and bytes in queues and requests.
    held_rows: usize,
    held_bytes: usize,
    lanes: HashMap<String, Vec<Lane>>,
    acknowledged: Vec<(i64, Timestamp)>,
    /// Parked keys, with the first row that waits.
    parked: BTreeMap<String, i64>,
    saved_floor: i64,
}

impl Engine {
    pub(crate) async fn begin(
        outbox: Outbox, config: &RelayConfig, database: &Database, broker: &Broker, held: &Held, progress: Progress,
    ) -> Result<Self, RelayError> {
        for (topic, partitions) in &config.topics {
            broker.check_topic(topic, *partitions).await?;
        }
        let partitions = broker.topics().await?;
        let (reader, marker) = (database.get().await?, database.get().await?);
        let floor = reader.first(&shared::LOAD_FLOOR, &[&outbox.name]).await?.map_or(0, |row| row.get(0));
        let parked = reader.all(&shared::PARKED_KEYS, &[&outbox.name]).await?;
        let parked: BTreeMap<String, i64> = parked.iter().map(|row| (row.get(0), row.get(1))).collect();
        Ok(Self {
            outbox,
            config: config.clone(),
            reader: Reader::new(reader, outbox, config),
            marker: Arc::new(marker),
            client: Arc::new(broker.connect().await?),
            broker: broker.clone(),
            partitions,
            progress,
            epoch: held.epoch(),
            resource: held.resource().to_owned(),
            gaps: Gaps::starting_at(floor),
            outstanding: BTreeSet::new(),
            held_rows: 0,
            held_bytes: 0,
            lanes: HashMap::new(),
            acknowledged: Vec::new(),
            parked,
            saved_floor: floor,
        })
    }

    /// Relays until something is down or the lease is lost.
    pub(crate) async fn run(&mut self, held: &Held, wake: &Wake) -> RelayError {
        match self.relay(held, wake).await {
            Ok(never) => match never {},
            Err(error) => error,
        }
    }

    async fn relay(&mut self, held: &Held, wake: &Wake) -> Result<std::convert::Infallible, RelayError> {
        let mut producing: FuturesUnordered<Guarded<Produced>> = FuturesUnordered::new();
        let mut marking: Pending<Result<Vec<i64>, RelayError>> = None;
        let mut reading: Pending<Result<Page, DatabaseError>> = None;
        let mut more = true;
        let mut upkeep = tokio::time::interval(self.config.slow_poll);
        self.progress.healthy("relaying");
        loop {
            self.dispatch(&mut producing);
            if marking.is_none() && !self.acknowledged.is_empty() {
                marking = Some(self.mark());
            }
            let room = self.held_rows < self.config.most_rows && self.held_bytes < self.config.most_bytes;
            if reading.is_none() && more && room {
                reading = Some(self.read());
            }
            tokio::select! {
                Some(done) = producing.next() => self.produced(done).await?,
                marked = ready(&mut marking) => {
                    marking = None;
                    self.marked(&marked?);
                }
                page = ready(&mut reading) => {
                    reading = None;
                    more = self.take_in(page?).await?;
                }
                () = wake.wait(self.config.slow_poll), if reading.is_none() && !more => more = true,
                _ = upkeep.tick() => self.upkeep().await?,
                () = held.lost() => return Err(RelayError::Fenced),
            }
            self.progress.tick();
        }
    }

    fn dispatch(&mut self, producing: &mut FuturesUnordered<Guarded<Produced>>) {
        let lanes = self.lanes.iter_mut().flat_map(|(topic, lanes)| (0..).zip(lanes).map(move |lane| (topic, lane)));
        for (topic, (partition, lane)) in lanes {
            let Some(request) = lane.begin() else { continue };
            let route = Route {
                broker: self.broker.clone(),
                client: self.client.clone(),
                topic: topic.clone(),
                partition,
                declared: self.config.topics.iter().any(|(declared, _)| declared == topic),
                progress: self.progress.clone(),
            };
            producing.push(spawn_guarded(produce(route, request)));
        }
    }

    fn read(&self) -> Pin<Box<dyn Future<Output = Result<Page, DatabaseError>> + Send>> {
        let (reader, after) = (self.reader.clone(), self.gaps.read_to());
        let gaps = (!self.gaps.is_empty()).then(|| self.gaps.ranges());
        Box::pin(async move { reader.read(gaps, after).await })
    }

    /// Answers whether there may be more to read at once.
    async fn take_in(&mut self, page: Page) -> Result<bool, RelayError> {
        self.reader.fit(&page.rows);
        for row in page.in_gaps {
            self.admit(Read::from_row(row)).await?;
        }
        if let Some(before) = page.before {
            self.gaps.judge(before);
        }
        for row in page.rows {
            self.admit(Read::from_row(row)).await?;
        }
        if let Some(after) = page.after {
            self.gaps.bound(after);
        }
        Ok(page.more)
    }

    /// Puts a row into its lane.
    async fn admit(&mut self, read: Read) -> Result<(), RelayError> {
        let row = match read {
            Read::Sent(seq) => {
                self.gaps.seen(seq.0);
                return Ok(());
            }
            Read::Unreadable(refused) => {
                self.gaps.seen(refused.seq.0);
                if !self.parked.contains_key(&refused.key) {
                    self.park(refused).await?;
                }
                return Ok(());
            }
            Read::Unsent(row) => row,
        };
        self.gaps.seen(row.seq.0);
        let size = row.size();
        if self.parked.contains_key(row.key()) || self.outstanding.contains(&row.seq.0) {
            return Ok(());
        }
        let Some(partitions) = self.partitions_of(row.topic()).await? else {
            self.park(row.refused(format!("topic {} does not exist", row.topic()))).await?;
            return Ok(());
        };
        self.outstanding.insert(row.seq.0);
        self.held_rows += 1;
        self.held_bytes += size;
        let partition = usize::try_from(partition_of(row.key().as_bytes(), partitions).0).unwrap_or_default();
        let lanes = match self.lanes.get_mut(row.topic()) {
            Some(lanes) => lanes,
            None => self.lanes.entry(row.topic().to_owned()).or_default(),
        };
        if lanes.len() <= partition {
            lanes.resize_with(partition + 1, Lane::default);
        }
        lanes[partition].push(row);
        Ok(())
    }

    async fn partitions_of(&mut self, topic: &str) -> Result<Option<i32>, RelayError> {
        if !self.partitions.contains_key(topic) {
            self.partitions = self.broker.topics().await?;
        }
        Ok(self.partitions.get(topic).copied())
    }

    async fn produced(&mut self, done: Result<Produced, Exit>) -> Result<(), RelayError> {
        // A panic while producing is ours: it must reach the supervisor as one.
        let done = done.unwrap_or_else(|exit| panic!("{exit}"));
        let (topic, partition) = &done.lane;
        let partition = usize::try_from(*partition).unwrap_or_default();
        if let Some(lane) = self.lanes.get_mut(topic).and_then(|lanes| lanes.get_mut(partition)) {
            lane.end(&done);
        }
        let Produced { acknowledged, refused, behind, .. } = done;
        for row in &acknowledged {
            self.let_go(row);
            self.acknowledged.push((row.seq.0, row.created_at));
        }
        metrics::counter!("relay_events_total", "outbox" => self.outbox.name).increment(acknowledged.len() as u64);
        self.progress.handled(acknowledged.len() as u64);
        for row in &behind {
            self.let_go(row);
            self.outstanding.remove(&row.seq.0);
        }
        for (row, reason) in refused {
            self.let_go(&row);
            self.outstanding.remove(&row.seq.0);
            self.park(row.refused(reason)).await?;
        }
        Ok(())
    }

    fn let_go(&mut self, row: &Unsent) {
        self.held_rows -= 1;
        self.held_bytes -= row.size();
    }

    /// Stops a key at a row. Rows of other keys go on.
    async fn park(&mut self, refused: Refused) -> Result<(), RelayError> {
        let Refused { seq, key, reason } = refused;
        tracing::error!(outbox = self.outbox.name, key, seq = seq.0, reason, "row refused for good; its key is parked");
        metrics::counter!("relay_parked_keys_total", "outbox" => self.outbox.name).increment(1);
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 4] = [&self.outbox.name, &key, &seq.0, &reason];
        self.marker.run(&shared::PARK_KEY, &parameters).await?;
        let removed: Vec<_> = self.lanes.values_mut().flatten().flat_map(|lane| lane.remove_key(&key)).collect();
        for row in removed {
            self.let_go(&row);
            self.outstanding.remove(&row.seq.0);
        }
        self.parked.insert(key, seq.0);
        self.show_parked();
        Ok(())
    }

    fn show_parked(&self) {
        metrics::gauge!("relay_parked_keys", "outbox" => self.outbox.name).set(self.parked.len() as f64);
        match self.parked.first_key_value() {
            None => self.progress.healthy("relaying"),
            Some((key, seq)) => {
                self.progress.degraded(format!("{} keys parked, first {key} at {seq}", self.parked.len()))
            }
        }
    }

    fn mark(&mut self) -> Pin<Box<dyn Future<Output = Result<Vec<i64>, RelayError>> + Send>> {
        let count = self.acknowledged.len().min(self.config.mark_rows);
        let batch: Vec<_> = self.acknowledged.drain(..count).collect();
        let (client, statement) = (self.marker.clone(), self.outbox.mark);
        let (resource, epoch) = (self.resource.clone(), self.epoch.0);
        Box::pin(async move {
            let first = batch.iter().map(|(_, at)| *at).min();
            let last = batch.iter().map(|(_, at)| *at).max();
            let mut seqs: Vec<i64> = batch.into_iter().map(|(seq, _)| seq).collect();
            seqs.sort_unstable();
            let marked = client.run(&statement, &[&seqs, &resource, &epoch, &first, &last]).await?;
            let all = usize::try_from(marked).is_ok_and(|marked| marked == seqs.len());
            // Fewer than asked for: marked before by an earlier owner, or we are not the owner any more.
            if !all && client.first(&shared::HOLDS, &[&resource, &epoch]).await?.is_none() {
                return Err(RelayError::Fenced);
            }
            Ok(seqs)
        })
    }

    fn marked(&mut self, seqs: &[i64]) {
        for seq in seqs {
            self.outstanding.remove(seq);
        }
        metrics::counter!("relay_marked_total", "outbox" => self.outbox.name).increment(seqs.len() as u64);
    }

    /// Everything up to here is sent, or will never exist.
    fn floor(&self) -> i64 {
        let waiting = [self.gaps.first(), self.outstanding.first().copied(), self.parked.values().min().copied()];
        waiting.into_iter().flatten().min().map_or(self.gaps.read_to(), |first| first - 1)
    }

    /// Saves the floor and looks whether a person has let a parked key go.
    async fn upkeep(&mut self) -> Result<(), RelayError> {
        let floor = self.floor();
        if floor > self.saved_floor {
            self.marker.run(&shared::SAVE_FLOOR, &[&self.outbox.name, &floor, &self.resource, &self.epoch.0]).await?;
            self.saved_floor = floor;
        }
        if self.parked.is_empty() {
            return Ok(());
        }
        let rows = self.marker.all(&shared::PARKED_KEYS, &[&self.outbox.name]).await?;
        let still: BTreeSet<String> = rows.iter().map(|row| row.get(0)).collect();
        let released: Vec<_> = self.parked.keys().filter(|key| !still.contains(*key)).cloned().collect();
        for key in released {
            let first = self.parked.remove(&key).unwrap_or_default();
            let read_to = self.gaps.read_to();
            for row in self.marker.all(&self.outbox.read_key, &[&key, &first]).await? {
                // What is behind the last number read comes by itself.
                if row.get::<_, i64>(0) <= read_to {
                    self.admit(Read::from_row(row)).await?;
                }
            }
            tracing::info!(outbox = self.outbox.name, key, "parked key goes on");
        }
        self.show_parked();
        Ok(())
    }
}

async fn ready<T>(pending: &mut Pending<T>) -> T {
    match pending {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}
