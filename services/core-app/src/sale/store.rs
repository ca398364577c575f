//! Applications in the database: their events, appended under optimistic concurrency, and in the same transaction what
//! follows from them: projections, messages, timers.

use deadpool_postgres::Transaction;
use futures_util::future::try_join3;
use jiff::{Timestamp, Unit};
use polis_actors::database::{DatabaseError, Run};
use polis_actors::telemetry::trace::current_trace_id;
use polis_proto::MoneyError;
use polis_proto::sales::v1::application_event::Event;
use polis_schema::sql::applications;
use rust_decimal::Decimal;
use thiserror::Error;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::chain::{GENESIS, Link, hash};
use super::effects::{self, Effect, Topics};
use super::holder::HolderError;
use super::projections::{IN_USE, Rows, Times};
use super::stored::{self, Unreadable};
use super::{Application, Command, Refusal, Status, decide};

/// Why a command was not carried out. Nothing was written.
#[derive(Debug, Error)]
pub enum SaleError {
    /// It does not fit the state.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Somebody else changed the application at the same moment; the state must be looked at again.
    #[error("the application was changed at the same moment; look at it again")]
    Conflict,
    /// There is no such application.
    #[error("there is no such application")]
    Unknown,
    /// A stored event cannot be read.
    #[error("event {version} of application {application_id} cannot be read: {source}")]
    Unreadable {
        /// Whose.
        application_id: Uuid,
        /// Which one.
        version: i64,
        /// Why.
        source: Unreadable,
    },
    /// The provider names an amount that cannot be kept.
    #[error("payment {payment_id}: {amount} cannot be taken: {source}; ask the provider what it means")]
    Amount {
        /// The provider's name of the payment.
        payment_id: String,
        /// What it says.
        amount: Decimal,
        /// Why.
        source: MoneyError,
    },
    /// What is personal cannot be sealed.
    #[error(transparent)]
    Personal(HolderError),
    /// The database is away or refuses.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl From<HolderError> for SaleError {
    fn from(error: HolderError) -> Self {
        match error {
            HolderError::Database(error) => Self::Database(error),
            error => Self::Personal(error),
        }
    }
}

impl SaleError {
    /// Whether the same command may succeed when it is tried again.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Conflict => true,
            Self::Database(error) => error.is_passing(),
            Self::Refused(_) | Self::Unknown | Self::Unreadable { .. } | Self::Amount { .. } | Self::Personal(_) => {
                false
            }
        }
    }
}

/// A stored event.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its place.
    pub version: i64,
    /// Its kind.
    pub kind: String,
    /// The encoded event.
    pub payload: Vec<u8>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// Why.
    pub why: String,
    /// In which trace.
    pub trace_id: String,
    /// Its hash.
    pub hash: Vec<u8>,
}

/// An application as its events say.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    /// The state.
    pub state: Application,
    /// The hash of the last event.
    pub head: Vec<u8>,
}

/// Who does something, and why.
#[derive(Clone, Copy, Debug)]
pub struct Deed<'a> {
    /// Who.
    pub actor: &'a str,
    /// Why.
    pub why: &'a str,
}

/// A stored event, in its newest form.
///
/// # Errors
/// [`SaleError::Unreadable`].
pub fn decode(application_id: Uuid, recorded: &Recorded) -> Result<Event, SaleError> {
    let Recorded { version, kind, payload, .. } = recorded;
    stored::read(kind, payload).map_err(|source| SaleError::Unreadable { application_id, version: *version, source })
}

/// The stored events of an application, in order.
///
/// # Errors
/// When the database is away.
pub async fn events(client: &impl Run, application_id: Uuid) -> Result<Vec<Recorded>, DatabaseError> {
    let rows = client.all(&applications::EVENTS, &[&application_id]).await?;
    Ok(rows.iter().map(|row| recorded(row, 0)).collect())
}

/// A stored event, whose columns begin there.
pub fn recorded(row: &tokio_postgres::Row, first: usize) -> Recorded {
    Recorded {
        version: row.get(first),
        kind: row.get(first + 1),
        payload: row.get(first + 2),
        occurred_at: row.get(first + 3),
        actor: row.get(first + 4),
        why: row.get(first + 5),
        trace_id: row.get(first + 6),
        hash: row.get(first + 7),
    }
}

/// What the hash of a stored event covers.
pub fn link(application_id: Uuid, event: &Recorded) -> Link<'_> {
    Link {
        application_id,
        version: event.version,
        kind: &event.kind,
        payload: &event.payload,
        occurred_at: event.occurred_at,
        actor: &event.actor,
        why: &event.why,
        trace_id: &event.trace_id,
    }
}

/// An application; one without events is new.
///
/// # Errors
/// [`SaleError`].
pub async fn load(client: &impl Run, application_id: Uuid) -> Result<Stream, SaleError> {
    let recorded = events(client, application_id).await?;
    let mut stream = Stream { state: Application::default(), head: GENESIS.to_vec() };
    for event in &recorded {
        stream.state.apply(&decode(application_id, event)?);
    }
    if let Some(last) = recorded.last() {
        stream.head.clone_from(&last.hash);
    }
    Ok(stream)
}

/// What was decided upon a command, not written yet.
#[derive(Debug)]
pub struct Decided<'a> {
    /// The state after it.
    pub state: Application,
    application_id: Uuid,
    at: Timestamp,
    deed: Deed<'a>,
    trace_id: String,
    events: Columns,
    effects: Vec<Effect>,
}

/// Events, by column.
#[derive(Debug, Default)]
struct Columns {
    versions: Vec<i64>,
    kinds: Vec<&'static str>,
    payloads: Vec<Vec<u8>>,
    hashes: Vec<Vec<u8>>,
}

/// Decides upon a command and writes what follows, in the caller's open transaction. Answers the state after it.
///
/// # Errors
/// [`SaleError`]; the transaction is to be rolled back then.
pub async fn execute(
    transaction: &Transaction<'_>, topics: &Topics, application_id: Uuid, command: Command, deed: Deed<'_>,
) -> Result<Application, SaleError> {
    let stream = load(transaction, application_id).await?;
    Decided::upon(command, application_id, stream, deed)?.write(transaction, topics).await
}

impl<'a> Decided<'a> {
    /// Decides upon a command; the application was loaded in the transaction in which this is to be written.
    ///
    /// # Errors
    /// [`SaleError::Unknown`], [`SaleError::Refused`].
    pub fn upon(command: Command, application_id: Uuid, stream: Stream, deed: Deed<'a>) -> Result<Self, SaleError> {
        let Stream { mut state, mut head } = stream;
        if state.status == Status::None && !matches!(command, Command::Quote(_)) {
            return Err(SaleError::Unknown);
        }
        let at = Timestamp::now().round(Unit::Microsecond).unwrap_or(Timestamp::UNIX_EPOCH);
        let trace_id = current_trace_id().unwrap_or_default();
        let (mut events, mut effects) = (Columns::default(), Vec::new());
        for event in decide(&state, command, at)? {
            state.apply(&event);
            let version = state.version;
            effects.extend(effects::of(&state, &event, at));
            let (kind, payload) = stored::write(event);
            let (occurred_at, Deed { actor, why }, trace_id) = (at, deed, &*trace_id);
            let link = Link { application_id, version, kind, payload: &payload, occurred_at, actor, why, trace_id };
            head = hash(&head, &link);
            events.versions.push(version);
            events.kinds.push(kind);
            events.payloads.push(payload);
            events.hashes.push(head.clone());
        }
        Ok(Self { state, application_id, at, deed, trace_id, events, effects })
    }

    /// Writes it, in the caller's open transaction. Answers the state after it.
    ///
    /// # Errors
    /// [`SaleError`]; the transaction is to be rolled back then.
    pub async fn write(self, transaction: &Transaction<'_>, topics: &Topics) -> Result<Application, SaleError> {
        let Self { state, application_id, at, deed, trace_id, events, effects } = self;
        let Columns { versions, kinds, payloads, hashes } = &events;
        let parameters: [&(dyn ToSql + Sync); 9] =
            [&application_id, &at, &deed.actor, &deed.why, &trace_id, versions, kinds, payloads, hashes];
        let mut rows = Rows::default();
        rows.push(application_id, &state, Times { created: at, changed: at, issued: at });
        // Sent one after the other without waiting in between: the first that fails fails those behind it, and is what is told.
        let appended = async { transaction.run(&applications::APPEND, &parameters).await.map_err(taken) };
        let projected = async { rows.write(transaction, IN_USE).await.map_err(SaleError::from) };
        let followed =
            async { effects::perform(transaction, topics, application_id, effects).await.map_err(SaleError::from) };
        try_join3(appended, projected, followed).await?;
        Ok(state)
    }
}

fn taken(error: DatabaseError) -> SaleError {
    match &error {
        DatabaseError::Statement { source, .. } if source.code() == Some(&SqlState::UNIQUE_VIOLATION) => {
            SaleError::Conflict
        }
        _ => error.into(),
    }
}
