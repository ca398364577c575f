//! What is personal in a request, sealed before it is kept: under a key of the person's own, made when there is something to
//! seal for the first time.

use deadpool_postgres::Transaction;
use polis_actors::database::Run;
use polis_actors::http::Problem;
use polis_proto::sales::v1::{Submitted, Words};
use polis_schema::sql::applications;
use serde::Serialize;
use uuid::Uuid;

use crate::sale::seal::{KEY, Person, SealError, fresh_key, seal};
use crate::sale::{Application, key_of};

/// Who applies.
pub(super) async fn person(transaction: &Transaction<'_>, id: Uuid, person: &Person) -> Result<Submitted, Problem> {
    let (person_id, key) = new_key(transaction).await?;
    Ok(Submitted { person_id, sealed: sealed(person, &key, id)?.into() })
}

/// What somebody says of an application in their own words. Who was erased is not written of again.
pub(super) async fn words(
    transaction: &Transaction<'_>, id: Uuid, state: &Application, text: &str,
) -> Result<Words, Problem> {
    let Some(person_id) = state.person_id() else {
        let (person_id, key) = new_key(transaction).await?;
        return Ok(Words { person_id, sealed: sealed(text, &key, id)?.into() });
    };
    let erased =
        || Problem::conflict("who applied was erased, so nothing is kept in their words; leave the reason out");
    let key = key_of(transaction, person_id).await?.ok_or_else(erased)?;
    Ok(Words { person_id: person_id.to_owned(), sealed: sealed(text, &key, id)?.into() })
}

async fn new_key(transaction: &Transaction<'_>) -> Result<(String, [u8; KEY]), Problem> {
    let (person_id, key) = (Uuid::now_v7(), fresh_key().map_err(no_luck)?);
    transaction.run(&applications::ADD_PERSON, &[&person_id, &&key[..]]).await?;
    Ok((person_id.to_string(), key))
}

fn sealed(personal: &(impl Serialize + ?Sized), key: &[u8], id: Uuid) -> Result<Vec<u8>, Problem> {
    seal(&personal, key, id).map_err(no_luck)
}

fn no_luck(_: SealError) -> Problem {
    Problem::unavailable("personal data could not be sealed; try again in a moment")
}
