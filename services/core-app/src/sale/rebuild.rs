//! The projections made from the events again, beside those in use: compared, and put in their place when that is ordered. All
//! of it sees one moment (PostgreSQL's repeatable read), so it says the same while policies are sold.

use deadpool_postgres::Transaction;
use jiff::Timestamp;
use polis_actors::admin::note;
use polis_actors::database::{Database, DatabaseError, Run};
use polis_schema::sql::{applications, projections};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio_postgres::IsolationLevel;
use tokio_postgres::error::SqlState;
use uuid::Uuid;

use super::projections::{REBUILT, Rows, Times};
use super::state::Application;
use super::store::{Recorded, SaleError, decode, recorded};

/// What was built and how it compares with what is in use.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Rebuilt {
    /// Events read.
    pub events: u64,
    /// Applications made from them.
    pub applications: u64,
    /// Applications and policies of which the tables in use said something else.
    pub differing: u64,
    /// The first of them.
    pub first: Vec<Difference>,
    /// Whether the tables in use are as built now.
    pub replaced: bool,
}

/// Something that differs.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Difference {
    /// applications, policies
    pub table: String,
    /// Of which application.
    pub application_id: Uuid,
    /// missing, unfounded, differs
    pub how: String,
}

/// Why nothing was rebuilt. Nothing was changed.
#[derive(Debug, Error)]
pub enum RebuildError {
    /// Somebody else does it.
    #[error("projections are being rebuilt already; wait for that to end")]
    Busy,
    /// Rows that were to be replaced were changed meanwhile, again and again.
    #[error("rows that differ are being changed all the time; try again")]
    Contended,
    /// An event cannot be read.
    #[error(transparent)]
    Sale(#[from] SaleError),
}

impl From<DatabaseError> for RebuildError {
    fn from(error: DatabaseError) -> Self {
        match &error {
            DatabaseError::Statement { source, .. } | DatabaseError::Transaction(source)
                if source.code() == Some(&SqlState::T_R_SERIALIZATION_FAILURE) =>
            {
                Self::Contended
            }
            _ => Self::Sale(error.into()),
        }
    }
}

const PAGE: i64 = 10_000;
/// Applications that are written at once.
const AT_ONCE: usize = 4_000;
const TRIES: usize = 5;

/// Who wants what was built in place of what is in use, for the record.
#[derive(Clone, Copy, Debug)]
pub struct Replace<'a> {
    /// Who.
    pub by: &'a str,
    /// Why.
    pub why: &'a str,
}

/// Rebuilds, and replaces what differs when somebody wants that.
///
/// # Errors
/// [`RebuildError`].
pub async fn rebuild(database: &Database, replace: Option<Replace<'_>>) -> Result<Rebuilt, RebuildError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match once(database, replace).await {
            Err(RebuildError::Contended) if tries < TRIES => {}
            done => return done,
        }
    }
}

async fn once(database: &Database, replace: Option<Replace<'_>>) -> Result<Rebuilt, RebuildError> {
    let mut client = database.get().await?;
    let moment = client.build_transaction().isolation_level(IsolationLevel::RepeatableRead);
    let transaction = moment.start().await.map_err(DatabaseError::Transaction)?;
    if !transaction.first(&projections::ALONE, &[]).await?.is_some_and(|row| row.get(0)) {
        return Err(RebuildError::Busy);
    }
    transaction.run(&projections::CLEAR, &[]).await?;
    let mut rebuilt = build(&transaction).await?;
    for row in transaction.all(&projections::DIFFERENCES, &[]).await? {
        let (table, application_id, how) = (row.get(0), row.get(1), row.get(2));
        rebuilt.differing = row.get::<_, i64>(3).unsigned_abs();
        rebuilt.first.push(Difference { table, application_id, how });
    }
    if let Some(Replace { by, why }) = replace.filter(|_| rebuilt.differing > 0) {
        for statement in [
            &projections::REMOVE_APPLICATIONS,
            &projections::REPLACE_APPLICATIONS,
            &projections::REMOVE_POLICIES,
            &projections::REPLACE_POLICIES,
        ] {
            transaction.run(statement, &[]).await?;
        }
        note(&transaction, by, "rebuild projections", "applications, policies", why).await?;
        rebuilt.replaced = true;
    }
    transaction.run(&projections::CLEAR, &[]).await?;
    transaction.commit().await.map_err(DatabaseError::Transaction)?;
    Ok(rebuilt)
}

/// One application, event by event.
struct Folding {
    id: Uuid,
    state: Application,
    times: Times,
}

impl Folding {
    fn new(id: Uuid, at: Timestamp) -> Self {
        Self { id, state: Application::default(), times: Times { created: at, changed: at, issued: at } }
    }

    fn apply(&mut self, recorded: &Recorded) -> Result<(), SaleError> {
        let had_policy = self.state.policy_number.is_some();
        self.state.apply(&decode(self.id, recorded)?);
        self.times.changed = recorded.occurred_at;
        if !had_policy {
            self.times.issued = recorded.occurred_at;
        }
        Ok(())
    }
}

async fn build(transaction: &Transaction<'_>) -> Result<Rebuilt, RebuildError> {
    let mut rebuilt = Rebuilt::default();
    let (mut rows, mut folding): (Rows, Option<Folding>) = (Rows::default(), None);
    let (mut at, mut version) = (Uuid::nil(), 0i64);
    loop {
        let page = transaction.all(&applications::ALL_EVENTS, &[&at, &version, &PAGE]).await?;
        let Some(last) = page.last() else { break };
        (at, version) = (last.get(0), last.get(1));
        rebuilt.events += page.len() as u64;
        for row in &page {
            let (id, recorded): (Uuid, Recorded) = (row.get(0), recorded(row, 1));
            if let Some(done) = folding.take_if(|folding| folding.id != id) {
                rows.push(done.id, &done.state, done.times);
                rebuilt.applications += 1;
            }
            folding.get_or_insert_with(|| Folding::new(id, recorded.occurred_at)).apply(&recorded)?;
        }
        if rows.len() >= AT_ONCE {
            std::mem::take(&mut rows).write(transaction, REBUILT).await?;
        }
    }
    if let Some(done) = folding {
        rows.push(done.id, &done.state, done.times);
        rebuilt.applications += 1;
    }
    rows.write(transaction, REBUILT).await?;
    Ok(rebuilt)
}
