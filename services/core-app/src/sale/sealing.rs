//! What is personal, sealed before it is kept: under a key of the person's own, made when there is something to seal for the
//! first time. [`super::holder`] opens it.

use deadpool_postgres::Transaction;
use polis_actors::database::Run;
use polis_proto::sales::v1::{Submitted, Words};
use polis_schema::sql::applications;
use uuid::Uuid;

use super::Application;
use super::holder::{HolderError, key_of};
use super::seal::{KEY, Person, fresh_key, seal};

/// Who applies.
///
/// # Errors
/// [`HolderError`].
pub async fn person(
    transaction: &Transaction<'_>, application_id: Uuid, person: &Person,
) -> Result<Submitted, HolderError> {
    let (person_id, key) = new_key(transaction).await?;
    Ok(Submitted { person_id, sealed: seal(person, &key, application_id)?.into() })
}

/// What somebody says of an application in their own words. None when its person was erased: of them nothing is written
/// again, whoever says it.
///
/// # Errors
/// [`HolderError`].
pub async fn words(
    transaction: &Transaction<'_>, application_id: Uuid, state: &Application, text: &str,
) -> Result<Option<Words>, HolderError> {
    let (person_id, key) = match state.person_id() {
        None => {
            let (person_id, key) = new_key(transaction).await?;
            (person_id, key.to_vec())
        }
        Some(person_id) => match key_of(transaction, person_id).await? {
            Some(key) => (person_id.to_owned(), key),
            None => return Ok(None),
        },
    };
    Ok(Some(Words { person_id, sealed: seal(&text, &key, application_id)?.into() }))
}

async fn new_key(transaction: &Transaction<'_>) -> Result<(String, [u8; KEY]), HolderError> {
    let (person_id, key) = (Uuid::now_v7(), fresh_key()?);
    transaction.run(&applications::ADD_PERSON, &[&person_id, &&key[..]]).await?;
    Ok((person_id.to_string(), key))
}
