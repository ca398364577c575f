//! Who applied: sealed in the stream, readable while the person's key is there.

use polis_actors::database::{DatabaseError, Run};
use polis_proto::sales::v1::Submitted;
use polis_schema::sql::applications;
use thiserror::Error;
use uuid::Uuid;

use super::seal::{Person, SealError, open};

/// Why nothing can be said of a person.
#[derive(Debug, Error)]
pub enum HolderError {
    /// What is stored names nobody.
    #[error("its person has no identifier that can be read")]
    Nobody,
    /// It does not open.
    #[error(transparent)]
    Sealed(#[from] SealError),
    /// The database is away or refuses.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Who applied; none when that was erased.
///
/// # Errors
/// [`HolderError`].
pub async fn holder(
    client: &impl Run, application_id: Uuid, submitted: &Submitted,
) -> Result<Option<Person>, HolderError> {
    let person_id: Uuid = submitted.person_id.parse().map_err(|_| HolderError::Nobody)?;
    let row = client.first(&applications::PERSON_KEY, &[&person_id]).await?;
    let Some(key) = row.and_then(|row| row.get::<_, Option<Vec<u8>>>(0)) else { return Ok(None) };
    Ok(Some(open(&submitted.sealed, &key, application_id)?))
}
