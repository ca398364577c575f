//! Whether everything is as it was written: the chain of every application, the signed checkpoints over all of them, and the
//! list that was made from them. The same for the database and for an exported file.

use polis_actors::database::{DatabaseError, Run};
use polis_schema::sql::{applications, audit};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use super::checkpoint::{Checkpoint, CheckpointHash, FIRST, Head, Trusted};
use crate::hex::hex;
use crate::sale::chain::{GENESIS, hash};
use crate::sale::store::{Recorded, link, recorded};

/// What a verification found.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Verified {
    /// Streams looked at.
    pub applications: u64,
    /// Events looked at.
    pub events: u64,
    /// Checkpoints looked at.
    pub checkpoints: u64,
    /// The newest checkpoint.
    pub newest: Option<Newest>,
    /// Streams that have grown since.
    pub uncovered: u64,
    /// How much does not hold.
    pub faults: u64,
    /// The first of what does not hold.
    pub broken: Vec<Broken>,
}

/// The newest checkpoint: whoever noted it elsewhere can compare.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Newest {
    /// Its number.
    pub number: i64,
    /// When it was made.
    pub made_at: jiff::Timestamp,
    /// Its hash.
    pub hash: String,
    /// Who signed it.
    pub public_key: String,
}

/// Something that does not hold.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Broken {
    /// What it concerns: an application and a version, or a checkpoint.
    pub place: Place,
    /// What is wrong with it.
    pub what: String,
}

/// What something concerns.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// An event.
    Event {
        /// Whose.
        application_id: Uuid,
        /// Which one.
        version: i64,
    },
    /// A checkpoint.
    Checkpoint(i64),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Event { application_id, version } => write!(f, "{application_id} at version {version}"),
            Self::Checkpoint(number) => write!(f, "checkpoint {number}"),
        }
    }
}

/// Faults that are named; more are only counted.
const NAMED: usize = 1000;

/// Goes along chains and checkpoints, in order.
pub struct Verifier {
    trusted: Trusted,
    found: Verified,
    at: Uuid,
    version: i64,
    head: Vec<u8>,
    /// A stream is broken once; what follows the first fault says nothing new.
    is_broken: bool,
    before: Vec<u8>,
    expected: Option<Expected>,
}

/// A checkpoint that somebody noted elsewhere: `NUMBER:HASH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    number: i64,
    hash: String,
}

/// A text that names no checkpoint.
#[derive(Clone, Copy, Debug, Error)]
#[error("a checkpoint is NUMBER:HASH, as verify prints it")]
pub struct NotACheckpoint;

impl std::str::FromStr for Expected {
    type Err = NotACheckpoint;

    fn from_str(text: &str) -> Result<Self, NotACheckpoint> {
        let (number, hash) = text.split_once(':').ok_or(NotACheckpoint)?;
        Ok(Self { number: number.parse().map_err(|_| NotACheckpoint)?, hash: hash.trim().to_lowercase() })
    }
}

impl Verifier {
    /// Nothing seen yet.
    pub fn new(trusted: Trusted, expected: Option<Expected>) -> Self {
        let (head, before) = (GENESIS.to_vec(), FIRST.to_vec());
        let found = Verified::default();
        Self { trusted, found, at: Uuid::nil(), version: 0, head, is_broken: false, before, expected }
    }

    /// Something does not hold.
    pub fn broken(&mut self, place: Place, what: impl Into<String>) {
        self.found.faults += 1;
        if self.found.broken.len() < NAMED {
            self.found.broken.push(Broken { place, what: what.into() });
        }
    }

    /// The next event: streams one after the other, each from its beginning.
    pub fn event(&mut self, id: Uuid, event: &Recorded) {
        if id != self.at || self.found.applications == 0 {
            if id < self.at {
                let place = Place::Event { application_id: id, version: event.version };
                self.broken(place, "its stream is here twice, or streams are not in order");
            }
            (self.at, self.version, self.is_broken) = (id, 0, false);
            GENESIS.as_slice().clone_into(&mut self.head);
            self.found.applications += 1;
        }
        if !self.is_broken
            && let Some(what) = self.misfit(id, event)
        {
            self.is_broken = true;
            self.broken(Place::Event { application_id: id, version: event.version }, what);
        }
        self.found.events += 1;
        self.version = event.version;
        self.head.clone_from(&event.hash);
    }

    fn misfit(&self, id: Uuid, event: &Recorded) -> Option<&'static str> {
        if event.version != self.version + 1 {
            return Some("an event before it is missing");
        }
        (hash(&self.head, &link(id, event)) != event.hash).then_some("it, or the one before it, was changed")
    }

    /// What the hash of the next checkpoint begins with; its heads are added to it.
    pub fn begin(&self, checkpoint: &Checkpoint) -> CheckpointHash {
        CheckpointHash::new(&self.before, checkpoint.number, checkpoint.made_at, checkpoint.streams)
    }

    /// The next checkpoint, with the hash over its heads as they are found.
    pub fn checkpoint(&mut self, checkpoint: Checkpoint, heads: CheckpointHash) {
        let last = self.found.newest.as_ref().map_or(0, |newest| newest.number);
        let place = Place::Checkpoint(checkpoint.number);
        if checkpoint.number != last + 1 {
            self.broken(place, "a checkpoint before it is missing");
        } else if heads.finish() != checkpoint.hash {
            self.broken(place, "it, or a head that it covers, was changed");
        } else if let Some(what) = self.trusted.misfit(&checkpoint) {
            self.broken(place, what);
        }
        self.found.checkpoints += 1;
        let Checkpoint { number, made_at, hash, public_key, .. } = checkpoint;
        let (text, public_key) = (hex(&hash), hex(&public_key));
        self.expected.take_if(|expected| expected.number == number && expected.hash == text);
        self.found.newest = Some(Newest { number, made_at, hash: text, public_key });
        self.before = hash;
    }

    /// What was found.
    pub fn finish(mut self) -> Verified {
        if let Some(expected) = self.expected.take() {
            let what = "the one of this number that was noted elsewhere is not there, or is another one";
            self.broken(Place::Checkpoint(expected.number), what);
        }
        self.found
    }
}

const PAGE: i64 = 10_000;
/// Lost heads and ends that are looked for.
const LOST: i64 = NAMED as i64;

/// Verifies what is in the database.
///
/// # Errors
/// When the database is away.
pub async fn verify(
    client: &impl Run, trusted: Trusted, expected: Option<Expected>,
) -> Result<Verified, DatabaseError> {
    let mut verifier = Verifier::new(trusted, expected);
    chains(client, &mut verifier).await?;
    checkpoints(client, &mut verifier).await?;
    for row in client.all(&audit::LOST_HEADS, &[&LOST]).await? {
        let (number, missing): (i64, bool) = (row.get(2), row.get(3));
        let what = if missing { "is missing" } else { "is another one" };
        let place = Place::Event { application_id: row.get(0), version: row.get(1) };
        verifier.broken(place, format!("the event that checkpoint {number} covers {what}"));
    }
    for row in client.all(&audit::LOST_ENDS, &[&LOST]).await? {
        let (listed, found): (i64, i64) = (row.get(1), row.get(2));
        let place = Place::Event { application_id: row.get(0), version: found };
        verifier.broken(place, format!("the stream ends here, the list of applications says {listed}"));
    }
    for row in client.all(&audit::UNSIGNED_ENDS, &[&LOST]).await? {
        let place = Place::Event { application_id: row.get(0), version: row.get(1) };
        verifier.broken(place, "no checkpoint covers the end of the stream, and none is to: it was hidden from them");
    }
    let uncovered = client.first(&audit::UNCOVERED, &[]).await?;
    verifier.found.uncovered = uncovered.map_or(0, |row| row.get::<_, i64>(0).unsigned_abs());
    Ok(verifier.finish())
}

async fn chains(client: &impl Run, verifier: &mut Verifier) -> Result<(), DatabaseError> {
    let (mut at, mut version) = (Uuid::nil(), 0i64);
    loop {
        let rows = client.all(&applications::ALL_EVENTS, &[&at, &version, &PAGE]).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        (at, version) = (last.get(0), last.get(1));
        for row in &rows {
            verifier.event(row.get(0), &recorded(row, 1));
        }
    }
}

/// Every checkpoint with its heads.
async fn checkpoints(client: &impl Run, verifier: &mut Verifier) -> Result<(), DatabaseError> {
    let (mut heads, mut last) = (Heads::default(), 0i64);
    loop {
        let rows = client.all(&audit::CHECKPOINTS, &[&last, &PAGE]).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in &rows {
            let checkpoint = checkpoint(row);
            last = checkpoint.number;
            let mut sum = verifier.begin(&checkpoint);
            while let Some(head) = heads.of(client, last).await? {
                sum.head(&head);
            }
            verifier.checkpoint(checkpoint, sum);
        }
    }
}

/// A checkpoint from its row.
pub(super) fn checkpoint(row: &tokio_postgres::Row) -> Checkpoint {
    Checkpoint {
        number: row.get(0),
        made_at: row.get(1),
        streams: row.get(2),
        hash: row.get(3),
        public_key: row.get(4),
        signature: row.get(5),
    }
}

/// The heads of all checkpoints, read page by page.
#[derive(Default)]
pub(super) struct Heads {
    page: std::collections::VecDeque<(i64, Head)>,
    last: (i64, Uuid),
}

impl Heads {
    /// The next head of that checkpoint; none when there are no more of it.
    pub(super) async fn of(&mut self, client: &impl Run, number: i64) -> Result<Option<Head>, DatabaseError> {
        if self.page.is_empty() {
            let rows = client.all(&audit::HEADS, &[&self.last.0, &self.last.1, &PAGE]).await?;
            self.page = rows
                .iter()
                .map(|row| (row.get(0), Head { application_id: row.get(1), version: row.get(2), hash: row.get(3) }))
                .collect();
            if let Some((number, head)) = self.page.back() {
                self.last = (*number, head.application_id);
            }
        }
        let fits = self.page.front().is_some_and(|(of, _)| *of <= number);
        Ok(if fits { self.page.pop_front().map(|(_, head)| head) } else { None })
    }
}
