//! Receiving a register: what a file says is kept whole, with all that follows from it, in one transaction.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use bytes::Buf;
use deadpool_postgres::Transaction;
use futures_util::Stream;
use jiff::Timestamp;
use polis_actors::config::Rebase;
use polis_actors::database::{DatabaseError, Run};
use polis_actors::failpoint;
use polis_actors::lease::Held;
use polis_schema::sql::{parts, pulls, registers, runs};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::channel;
use tokio_postgres::types::{Json, ToSql};

use super::arriving::{Arriving, Received, Source};
use super::error::IntakeError;
use super::fetch::Fetcher;
use super::keep::{LINES, keep};
use super::meter;
use super::read::read;
use super::reading::Seen;
use super::spool::{Spool, Spooled};
use super::stored::Register;
use crate::insurers::Insurer;
use crate::register::Summary;
use crate::runs::{Order, not_closed, order};
use crate::shared::Shared;

/// Registers that are read at once; each takes the memory of its reader.
const AT_ONCE: usize = 2;
/// Pages that wait to be kept.
const WAITING: usize = 4;

/// Takes registers, however they come. Clones share how many are read at once.
#[derive(Clone)]
pub struct Intake {
    pub(super) shared: Shared,
    pub(super) spool: Spool,
    pub(super) fetcher: Fetcher,
    reading: Arc<Semaphore>,
}

/// What is written together with a register.
#[derive(Clone, Copy)]
pub(super) enum Then<'h> {
    /// Nothing.
    Nothing,
    /// It was fetched because it was due then: it is reconciled, and not waited for any more.
    Pulled(Timestamp, &'h Held),
    /// It was found: it is reconciled, unless that was ordered before.
    Found(&'h Held),
}

/// The place of a register among the others.
enum Place {
    /// There is none like it.
    New(i64),
    /// It is there and has lost its lines.
    Empty(i64),
    /// It is there.
    Known(i64),
}

impl Intake {
    /// An intake for files of so many bytes at most.
    ///
    /// # Errors
    /// When the TLS provider cannot be set up.
    pub fn new(shared: &Shared, most_bytes: u64, rebase: &Rebase) -> Result<Self, reqwest::Error> {
        Ok(Self {
            shared: shared.clone(),
            spool: Spool::new(&shared.spool, most_bytes),
            fetcher: Fetcher::new(rebase)?,
            reading: Arc::new(Semaphore::new(AT_ONCE)),
        })
    }

    /// What it shares with the rest of the service.
    pub fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Takes a register that somebody sends, piece by piece. `length` is what they say its size is.
    ///
    /// # Errors
    /// Why it is not taken; before its first piece when that can be known.
    pub async fn upload<B: Buf, E: std::error::Error + 'static>(
        &self, arriving: &Arriving, length: Option<u64>, pieces: Pin<&mut (impl Stream<Item = Result<B, E>> + ?Sized)>,
    ) -> Result<Received, IntakeError> {
        let taking = async {
            self.admit(arriving).await?;
            self.spool.admit(&arriving.name, length)?;
            let file = self.spool.take(&arriving.name, pieces).await?;
            self.store(arriving, &file, Then::Nothing).await
        };
        meter::counted(&arriving.insurer, Source::Upload, taking).await
    }

    /// Takes a register whose file is in the spool.
    ///
    /// # Errors
    /// Why it is not taken: nothing of it is kept then.
    pub async fn receive(&self, arriving: &Arriving, file: Spooled) -> Result<Received, IntakeError> {
        let taking = self.store(arriving, &file, Then::Nothing);
        meter::counted(&arriving.insurer, arriving.source, taking).await
    }

    /// Whether a register of these days is taken at all.
    pub(super) async fn admit(&self, arriving: &Arriving) -> Result<Arc<Insurer>, IntakeError> {
        let Arriving { insurer, from, to, .. } = arriving;
        let described = self.shared.insurers.get(insurer).await?;
        if from > to {
            return Err(IntakeError::Period { from: *from, to: *to });
        }
        not_closed(&self.shared.database.get().await?, insurer, *from, *to).await?;
        Ok(described)
    }

    pub(super) async fn store(
        &self, arriving: &Arriving, file: &Spooled, then: Then<'_>,
    ) -> Result<Received, IntakeError> {
        let insurer = self.admit(arriving).await?;
        // Before a connection is taken: nobody waits with one in hand.
        let _reading = self.reading.acquire().await.map_err(|_| IntakeError::Lost)?;
        let mut client = self.shared.database.get().await?;
        let transaction = client.transaction().await?;
        let place = place(&transaction, &insurer, arriving, file).await?;
        let (register, known) = match place {
            Place::New(id) => (id, false),
            Place::Empty(id) | Place::Known(id) => (id, true),
        };
        if !matches!(place, Place::Known(_)) {
            let began = Instant::now();
            fill(&transaction, &insurer, arriving, file, (register, known)).await?;
            meter::took(&insurer.id, began.elapsed());
        }
        let received = finish(&transaction, arriving, then, register, known).await?;
        failpoint::reach("intake::before_commit");
        let ours = match then {
            Then::Nothing => transaction.commit().await.map(|()| true)?,
            Then::Pulled(_, held) | Then::Found(held) => held.commit(transaction).await?,
        };
        failpoint::reach("intake::after_commit");
        if ours { Ok(received) } else { Err(IntakeError::Lost) }
    }
}

/// Finds or takes the place of a register. Of two that give the same file at once, the second waits for the first.
async fn place(
    transaction: &Transaction<'_>, insurer: &Insurer, arriving: &Arriving, file: &Spooled,
) -> Result<Place, IntakeError> {
    let Arriving { from, to, name, source, by, .. } = arriving;
    let (hash, description): (&[u8], &[u8]) = (&file.sha256, &insurer.description_sha256);
    let numbering = Json(&insurer.rules.numbering);
    let same: [&(dyn ToSql + Sync); 5] = [&insurer.id, from, to, &hash, &description];
    if transaction.first(&registers::KNOWN, &same).await?.is_none() {
        let bytes = i64::try_from(file.bytes).unwrap_or(i64::MAX);
        let (source, currency) = (source.as_str(), insurer.reader.currency());
        let more: [&(dyn ToSql + Sync); 6] = [&numbering, name, &source, by, &bytes, &currency];
        let row = transaction.first(&registers::RESERVE, &[&same[..], &more[..]].concat()).await?;
        if let Some(row) = row {
            return Ok(Place::New(row.get(0)));
        }
    }
    let row = transaction.first(&registers::KNOWN, &same).await?.ok_or(IntakeError::Lost)?;
    let (id, dropped): (i64, bool) = (row.get(0), row.get(1));
    if dropped && transaction.run(&registers::RESTORE, &[&id, &numbering, name, &source.as_str(), by]).await? > 0 {
        return Ok(Place::Empty(id));
    }
    Ok(Place::Known(id))
}

/// Reads the file and keeps its lines; both go on at the same time.
async fn fill(
    transaction: &Transaction<'_>, insurer: &Arc<Insurer>, arriving: &Arriving, file: &Spooled,
    (register, again): (i64, bool),
) -> Result<(), IntakeError> {
    let (to, pages) = channel(WAITING);
    let (kept, read) = tokio::join!(
        keep(transaction, register, again, pages),
        read(insurer.clone(), &arriving.name, arriving.period(), file, to)
    );
    // When lines could not be kept, reading was stopped because of that.
    kept?;
    let summary = read?;
    if summary.lines + summary.unreadable == 0 {
        return Err(IntakeError::NoLines(arriving.name.clone()));
    }
    // Meanwhile the period may have been closed; from here on it is not.
    transaction.first(&runs::ALONE, &[&insurer.id]).await?;
    not_closed(transaction, &insurer.id, arriving.from, arriving.to).await?;
    transaction.first(&parts::ATTACH, &[&LINES, &register]).await?;
    note(transaction, register, &summary).await?;
    Ok(())
}

async fn note(transaction: &Transaction<'_>, register: i64, summary: &Summary) -> Result<(), DatabaseError> {
    let count = |lines: u64| i64::try_from(lines).unwrap_or(i64::MAX);
    let (lines, unreadable, sums) = (count(summary.lines), count(summary.unreadable), summary.sums);
    let seen = Json(Seen::of(summary));
    let known: [&(dyn ToSql + Sync); 7] =
        [&register, &lines, &unreadable, &sums.premium, &sums.commission, &sums.refund, &seen];
    transaction.run(&registers::FINISH, &known).await.map(drop)
}

/// What follows from a register that has come.
async fn finish(
    transaction: &Transaction<'_>, arriving: &Arriving, then: Then<'_>, register: i64, known: bool,
) -> Result<Received, IntakeError> {
    let Arriving { insurer, from, to, by, .. } = arriving;
    let due = match then {
        Then::Pulled(due, _) => Some(due),
        Then::Nothing | Then::Found(_) => None,
    };
    transaction.run(&pulls::SETTLE, &[insurer, from, to, &register, &due]).await?;
    let cause = match then {
        Then::Nothing => None,
        Then::Pulled(..) => Some("schedule"),
        Then::Found(_) => {
            let row = transaction.first(&registers::HAS_RUN, &[&register]).await?;
            row.is_none_or(|row| !row.get::<_, bool>(0)).then_some("receipt")
        }
    };
    if let Some(cause) = cause {
        order(transaction, &Order { register_id: register, cause, by, why: "" }).await?;
    }
    let register = Register::load(transaction, register).await?.ok_or(IntakeError::Lost)?;
    Ok(Received { register, known })
}
