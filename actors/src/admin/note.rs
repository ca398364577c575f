//! What operators did, for those who ask later.

use polis_schema::sql::operators;

use crate::database::{DatabaseError, Run};

/// Notes who did what to what, and why, in the caller's transaction.
///
/// # Errors
/// When the database is away.
pub async fn note(client: &impl Run, by: &str, action: &str, subject: &str, why: &str) -> Result<(), DatabaseError> {
    tracing::info!(by, action, subject, why, "order from an operator");
    client.run(&operators::NOTE, &[&by, &action, &subject, &why]).await.map(drop)
}
