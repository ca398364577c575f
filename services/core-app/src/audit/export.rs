//! Everything that is stored of applications, one JSON object a line (<https://jsonlines.org>): events, stream by stream, then
//! checkpoints with their heads. Whoever has it can verify it without us. What is personal is in it as it is stored: sealed.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::{Stream, stream};
use jiff::Timestamp;
use polis_actors::database::{Database, DatabaseError, Run};
use polis_schema::sql::{applications, audit};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use super::checkpoint::{Checkpoint, Head, Trusted};
use super::verify::{Expected, Heads, Place, Verified, Verifier, checkpoint};
use crate::hex::{hex, unhex};
use crate::sale::store::{Recorded, events, recorded};

/// A line.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "line", rename_all = "kebab-case")]
pub enum Line {
    /// An event.
    Event {
        /// Whose.
        application_id: Uuid,
        /// Its place, from one.
        version: i64,
        /// Its kind and form.
        kind: String,
        /// The encoded event, base64.
        payload: String,
        /// When it happened.
        at: Timestamp,
        /// Who did it.
        who: String,
        /// Why.
        why: String,
        /// In which trace.
        trace_id: String,
        /// Its hash.
        hash: String,
    },
    /// A checkpoint.
    Checkpoint {
        /// Its place, from one.
        number: i64,
        /// When it was made.
        made_at: Timestamp,
        /// The heads that it covers: application, version, hash of the event.
        heads: Vec<(Uuid, i64, String)>,
        /// Its hash.
        hash: String,
        /// Who signed it.
        public_key: String,
        /// The signature of the hash.
        signature: String,
    },
    /// The last line, so that a file that was cut off is known by its end.
    End {
        /// Lines before this one.
        lines: u64,
    },
}

/// Why a file cannot be verified.
#[derive(Debug, Error)]
pub enum FileError {
    /// A line is none.
    #[error("line {number}: {what}")]
    Line {
        /// From one.
        number: u64,
        /// What is wrong.
        what: String,
    },
    /// It has no end.
    #[error("the file is cut off after line {0}: the line that ends it is missing")]
    CutOff(u64),
}

fn event(application_id: Uuid, recorded: Recorded) -> Line {
    let Recorded { version, kind, payload, occurred_at, actor, why, trace_id, hash } = recorded;
    let (payload, hash) = (STANDARD.encode(payload), hex(&hash));
    Line::Event { application_id, version, kind, payload, at: occurred_at, who: actor, why, trace_id, hash }
}

fn line(line: &Line) -> String {
    // A line is made of strings and numbers only.
    serde_json::to_string(line).unwrap_or_default() + "\n"
}

const PAGE: i64 = 2_000;

enum Next {
    /// The newest checkpoint is looked up before the first event: what it covers is there when events are read.
    Begin,
    Events(Covered, Uuid, i64),
    /// And the last one that was exported.
    Checkpoints(Box<Heads>, Covered, i64),
    End,
    Nothing,
}

/// What is stored, as lines; of one application, or of all with the checkpoints. An error ends it before its last line.
pub fn export(database: Database, only: Option<Uuid>) -> impl Stream<Item = Result<Bytes, DatabaseError>> {
    let begin = (Next::Begin, 0u64);
    stream::try_unfold((database, only, begin), |(database, only, (next, lines))| async move {
        let (chunk, next) = match next {
            Next::Begin => begun(&database, only).await?,
            Next::Events(covered, at, version) => page_of_events(&database, covered, at, version).await?,
            Next::Checkpoints(heads, covered, last) => next_checkpoint(&database, heads, covered, last).await?,
            Next::End => (vec![Line::End { lines }], Next::Nothing),
            Next::Nothing => return Ok(None),
        };
        let lines = lines + chunk.len() as u64;
        let text: String = chunk.iter().map(line).collect();
        Ok(Some((Bytes::from(text), (database, only, (next, lines)))))
    })
}

/// The number of the newest checkpoint that is exported.
type Covered = i64;

async fn begun(database: &Database, only: Option<Uuid>) -> Result<(Vec<Line>, Next), DatabaseError> {
    let client = database.get().await?;
    if let Some(id) = only {
        let all = events(&client, id).await?;
        return Ok((all.into_iter().map(|recorded| event(id, recorded)).collect(), Next::End));
    }
    let newest = client.first(&audit::NEWEST, &[]).await?;
    Ok((Vec::new(), Next::Events(newest.map_or(0, |row| row.get(0)), Uuid::nil(), 0)))
}

async fn page_of_events(
    database: &Database, covered: Covered, at: Uuid, version: i64,
) -> Result<(Vec<Line>, Next), DatabaseError> {
    let client = database.get().await?;
    let rows = client.all(&applications::ALL_EVENTS, &[&at, &version, &PAGE]).await?;
    let Some(last) = rows.last() else {
        return Ok((Vec::new(), Next::Checkpoints(Box::default(), covered, 0)));
    };
    let next = Next::Events(covered, last.get(0), last.get(1));
    Ok((rows.iter().map(|row| event(row.get(0), recorded(row, 1))).collect(), next))
}

async fn next_checkpoint(
    database: &Database, mut heads: Box<Heads>, newest: Covered, last: i64,
) -> Result<(Vec<Line>, Next), DatabaseError> {
    let client = database.get().await?;
    let next = client.first(&audit::CHECKPOINTS, &[&last, &1i64]).await?;
    let Some(next) = next.filter(|_| last < newest) else { return Ok((Vec::new(), Next::End)) };
    let Checkpoint { number, made_at, hash, public_key, signature, .. } = checkpoint(&next);
    let mut covered = Vec::new();
    while let Some(head) = heads.of(&client, number).await? {
        covered.push((head.application_id, head.version, hex(&head.hash)));
    }
    let (hash, public_key, signature) = (hex(&hash), hex(&public_key), hex(&signature));
    let line = Line::Checkpoint { number, made_at, heads: covered, hash, public_key, signature };
    Ok((vec![line], Next::Checkpoints(heads, newest, number)))
}

/// Verifies an exported file, line by line.
pub struct FileVerifier {
    verifier: Verifier,
    lines: u64,
    ended: bool,
    /// The hash of every event, to be found again by the heads of checkpoints.
    events: HashMap<(Uuid, i64), Vec<u8>>,
    /// The last event of every stream, and the last one that a checkpoint covers.
    ends: HashMap<Uuid, (i64, i64)>,
}

impl FileVerifier {
    /// Nothing read yet.
    pub fn new(trusted: Trusted, expected: Option<Expected>) -> Self {
        let (events, ends) = (HashMap::new(), HashMap::new());
        Self { verifier: Verifier::new(trusted, expected), lines: 0, ended: false, events, ends }
    }

    /// The next line.
    ///
    /// # Errors
    /// [`FileError::Line`].
    pub fn line(&mut self, text: &str) -> Result<(), FileError> {
        let number = self.lines + 1;
        let wrong = |what: String| FileError::Line { number, what };
        if self.ended {
            return Err(wrong("there is something after the end".to_owned()));
        }
        let bytes = |text: &str, what: &str| unhex(text).ok_or_else(|| wrong(format!("{what} is not hexadecimal")));
        match serde_json::from_str(text).map_err(|error| wrong(error.to_string()))? {
            Line::Event { application_id, version, kind, payload, at, who, why, trace_id, hash } => {
                let payload = STANDARD.decode(payload).map_err(|error| wrong(format!("payload: {error}")))?;
                let hash = bytes(&hash, "hash")?;
                self.events.insert((application_id, version), hash.clone());
                self.ends.entry(application_id).or_default().0 = version;
                let event = Recorded { version, kind, payload, occurred_at: at, actor: who, why, trace_id, hash };
                self.verifier.event(application_id, &event);
            }
            Line::Checkpoint { number: place, made_at, heads, hash, public_key, signature } => {
                let streams = heads.len() as i64;
                let (hash, public_key) = (bytes(&hash, "hash")?, bytes(&public_key, "public_key")?);
                let signature = bytes(&signature, "signature")?;
                let checkpoint = Checkpoint { number: place, made_at, streams, hash, public_key, signature };
                let mut sum = self.verifier.begin(&checkpoint);
                for (application_id, version, hash) in heads {
                    let head = Head { application_id, version, hash: bytes(&hash, "heads")? };
                    sum.head(&head);
                    let end = self.ends.entry(application_id).or_default();
                    end.1 = end.1.max(version);
                    if self.events.get(&(application_id, version)) != Some(&head.hash) {
                        let what = format!("the event that checkpoint {place} covers is missing, or is another one");
                        self.verifier.broken(Place::Event { application_id, version }, what);
                    }
                }
                self.verifier.checkpoint(checkpoint, sum);
            }
            Line::End { lines } if lines == self.lines => self.ended = true,
            Line::End { lines } => return Err(wrong(format!("{lines} lines should be before this one"))),
        }
        self.lines = number;
        Ok(())
    }

    /// What was found.
    ///
    /// # Errors
    /// [`FileError::CutOff`].
    pub fn finish(self) -> Result<Verified, FileError> {
        if !self.ended {
            return Err(FileError::CutOff(self.lines));
        }
        let uncovered = self.ends.values().filter(|(end, covered)| covered < end).count();
        Ok(Verified { uncovered: uncovered as u64, ..self.verifier.finish() })
    }
}
