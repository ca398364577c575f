//! Who applied, and what was said in whose own words: sealed in the stream, readable while the person's key is there.

use polis_actors::database::{DatabaseError, Run};
use polis_proto::sales::v1::application_event::Event;
use polis_proto::sales::v1::{Submitted, Words};
use polis_schema::sql::applications;
use serde::de::DeserializeOwned;
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
    opened(client, application_id, &submitted.person_id, &submitted.sealed).await
}

/// What somebody said; none when that was erased.
///
/// # Errors
/// [`HolderError`].
pub async fn in_own_words(
    client: &impl Run, application_id: Uuid, words: &Words,
) -> Result<Option<String>, HolderError> {
    opened(client, application_id, &words.person_id, &words.sealed).await
}

/// What an event holds of somebody's own words.
pub fn words_of(event: &Event) -> Option<&Words> {
    match event {
        Event::Cancelled(cancelled) => cancelled.words.as_ref(),
        Event::PaymentFailed(failed) => failed.words.as_ref(),
        _ => None,
    }
}

/// The key of a person; none when it was destroyed.
///
/// # Errors
/// [`HolderError`].
pub(super) async fn key_of(client: &impl Run, person_id: &str) -> Result<Option<Vec<u8>>, HolderError> {
    let person_id: Uuid = person_id.parse().map_err(|_| HolderError::Nobody)?;
    let row = client.first(&applications::PERSON_KEY, &[&person_id]).await?;
    Ok(row.and_then(|row| row.get(0)))
}

async fn opened<T: DeserializeOwned>(
    client: &impl Run, application_id: Uuid, person_id: &str, sealed: &[u8],
) -> Result<Option<T>, HolderError> {
    let key = key_of(client, person_id).await?;
    Ok(key.map(|key| open(sealed, &key, application_id)).transpose()?)
}
