//! Ordering a run.

use jiff::civil::Date;
use polis_actors::database::{self, DatabaseError};
use polis_schema::sql::runs;
use thiserror::Error;

/// What is to be done, and who wants it.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The register.
    pub register_id: i64,
    /// order, receipt, schedule
    pub cause: &'a str,
    /// Who.
    pub by: &'a str,
    /// Why.
    pub why: &'a str,
}

/// Why a run is not ordered.
#[derive(Debug, Error)]
pub enum OrderError {
    /// Neither the register nor, of the period, any register.
    #[error("there is no register {0}; polisctl settlement registers lists them")]
    NoRegister(i64),
    /// Too old.
    #[error("the lines of register {0} were dropped, they are older than is kept; give the file again")]
    Dropped(i64),
    /// Settled already.
    #[error(
        "the period {from} to {to} of {insurer} is closed with run {run}, by {by}; polisctl settlement reopen {run} opens it again"
    )]
    Closed {
        /// Whose period.
        insurer: String,
        /// Its first day.
        from: Date,
        /// Its last day.
        to: Date,
        /// The run that it was closed with.
        run: i64,
        /// Who closed it.
        by: String,
    },
    /// The database said no.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Orders a run, in the caller's transaction if there is one. A run of the same register that waits already is answered
/// instead: it will do the same.
///
/// # Errors
/// Why not.
pub async fn order(client: &impl database::Run, order: &Order<'_>) -> Result<i64, OrderError> {
    let Order { register_id, cause, by, why } = order;
    if let Some(row) = client.first(&runs::ORDER, &[register_id, cause, by, why]).await? {
        return Ok(row.get(0));
    }
    let row = client.first(&runs::PERIOD, &[register_id]).await?.ok_or(OrderError::NoRegister(*register_id))?;
    let (insurer, from, to): (String, Date, Date) = (row.get(0), row.get(1), row.get(2));
    not_closed(client, &insurer, from, to).await?;
    Err(OrderError::Dropped(*register_id))
}

/// Refuses days that are settled already.
///
/// # Errors
/// Which period they are in.
pub async fn not_closed(client: &impl database::Run, insurer: &str, from: Date, to: Date) -> Result<(), OrderError> {
    let Some(row) = client.first(&runs::CLOSED, &[&insurer, &from, &to]).await? else { return Ok(()) };
    let insurer = insurer.to_owned();
    Err(OrderError::Closed { insurer, from: row.get(0), to: row.get(1), run: row.get(2), by: row.get(3) })
}

/// The register of these days that came last.
///
/// # Errors
/// When the database is away.
pub async fn newest_register(
    client: &impl database::Run, insurer: &str, from: Date, to: Date,
) -> Result<Option<i64>, DatabaseError> {
    Ok(client.first(&runs::NEWEST_REGISTER, &[&insurer, &from, &to]).await?.map(|row| row.get(0)))
}
