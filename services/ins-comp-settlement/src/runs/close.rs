//! Closing a period with a run: neither registers nor runs of its days are taken any more, until it is opened again.

use polis_actors::admin::note;
use polis_actors::database::{Database, DatabaseError, Run as _};
use polis_schema::sql::runs;
use thiserror::Error;

use super::Run;

/// Why a period is neither closed nor opened.
#[derive(Debug, Error)]
pub enum CloseError {
    /// No such run.
    #[error("there is no run {0}")]
    NoRun(i64),
    /// It has no result.
    #[error("run {0} is {1}; a period is closed with a run that is done")]
    NotDone(i64, String),
    /// People have to decide first.
    #[error("{0} breaks of the period are open; explain, accept or dispute them first")]
    Open(i64),
    /// Its result is about to be another one.
    #[error("{0} runs of the period wait; let them end first")]
    Waiting(i64),
    /// There is a newer result.
    #[error("run {0} of the same period came later; close the period with that one")]
    NotLast(i64),
    /// Done already.
    #[error("the period is closed with run {0}; polisctl settlement reopen {0} opens it again")]
    Closed(i64),
    /// Nothing to open.
    #[error("no period is closed with run {0}")]
    NotClosed(i64),
    /// The database said no.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Closes the period of a run.
///
/// # Errors
/// Why not.
pub async fn close(database: &Database, id: i64, by: &str, why: &str) -> Result<Run, CloseError> {
    let mut client = database.get().await?;
    let transaction = client.transaction().await.map_err(DatabaseError::from)?;
    let run = Run::load(&transaction, id).await?.ok_or(CloseError::NoRun(id))?;
    transaction.first(&runs::ALONE, &[&run.insurer_id]).await?;
    if transaction.run(&runs::CLOSE, &[&id, &by, &why]).await? == 0 {
        let row = transaction.first(&runs::WHY_NOT_CLOSE, &[&id]).await?.ok_or(CloseError::NoRun(id))?;
        let (state, open, waiting): (String, i64, i64) = (row.get(0), row.get(1), row.get(2));
        return Err(match (row.get::<_, Option<i64>>(4), row.get::<_, Option<i64>>(3)) {
            (Some(closed), _) => CloseError::Closed(closed),
            _ if state != "done" => CloseError::NotDone(id, state),
            (_, Some(later)) => CloseError::NotLast(later),
            _ if waiting > 0 => CloseError::Waiting(waiting),
            _ => CloseError::Open(open),
        });
    }
    note(&transaction, by, "settlement.close", &subject(&run), why).await?;
    finish(transaction, id).await
}

/// Opens the period again that was closed with a run.
///
/// # Errors
/// When it is not closed.
pub async fn reopen(database: &Database, id: i64, by: &str, why: &str) -> Result<Run, CloseError> {
    let mut client = database.get().await?;
    let transaction = client.transaction().await.map_err(DatabaseError::from)?;
    let run = Run::load(&transaction, id).await?.ok_or(CloseError::NoRun(id))?;
    if transaction.run(&runs::REOPEN, &[&id, &by, &why]).await? == 0 {
        return Err(CloseError::NotClosed(id));
    }
    note(&transaction, by, "settlement.reopen", &subject(&run), why).await?;
    finish(transaction, id).await
}

fn subject(run: &Run) -> String {
    format!("{} {} to {}, run {}", run.insurer_id, run.period_from, run.period_to, run.id)
}

async fn finish(transaction: deadpool_postgres::Transaction<'_>, id: i64) -> Result<Run, CloseError> {
    let run = Run::load(&transaction, id).await?.ok_or(CloseError::NoRun(id))?;
    transaction.commit().await.map_err(DatabaseError::from)?;
    Ok(run)
}
