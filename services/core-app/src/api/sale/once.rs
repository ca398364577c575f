//! Requests that may come twice (draft-ietf-httpapi-idempotency-key-header): the answer is kept in the transaction of what
//! it says. The same key and request get the same answer, another request with that key is refused, and one that comes
//! while the first is under way is told so. Of the key only a hash is kept.

use deadpool_postgres::Transaction;
use futures_util::future::try_join;
use polis_actors::database::{DatabaseError, Run};
use polis_actors::failpoint;
use polis_actors::http::Problem;
use polis_schema::sql::idempotency;
use ring::hmac;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio_postgres::types::ToSql;
use warp::Reply;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::hex::hex;

/// Short ones are not random, and another client may have chosen the same.
const SHORTEST_KEY: usize = 16;
const LONGEST_KEY: usize = 255;

/// A key that can be used.
pub(super) fn key(given: Option<&str>) -> Result<&str, Problem> {
    let fits = |key: &&str| (SHORTEST_KEY..=LONGEST_KEY).contains(&key.len());
    given.map(str::trim).filter(fits).ok_or_else(|| {
        let what = "send SHORTEST to LONGEST characters, random and new for each order, as a UUID is";
        let what = what.replace("SHORTEST", &SHORTEST_KEY.to_string()).replace("LONGEST", &LONGEST_KEY.to_string());
        Problem::bad_request(format!("Idempotency-Key is missing or unusable; {what}"))
    })
}

/// A request and the key it came with.
pub(super) struct Request<'a> {
    /// What is asked: the path.
    pub(super) scope: &'a str,
    /// `Idempotency-Key`, by [`key`].
    pub(super) key: &'a str,
    /// The body, as it came.
    pub(super) body: &'a [u8],
}

/// What is to be done with a request.
pub(super) enum Begun {
    /// It has been answered before, with this.
    Answered(Answer),
    /// It is to be carried out.
    First(Claim),
}

/// A request that is carried out.
pub(super) struct Claim {
    scope: String,
    key: String,
    print: Vec<u8>,
}

/// What a request is answered with.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Value,
    /// It was carried out before, and nothing is written now.
    pub(super) again: bool,
}

/// Begins a request in this transaction, which [`end`] ends.
pub(super) async fn begin(transaction: &Transaction<'_>, request: Request<'_>) -> Result<Begun, Problem> {
    let Request { scope, key, body } = request;
    let prints = prints(key, body);
    let key = hex(&Sha256::digest(key));
    // Sent together: the second begins when the first has the lock, and sees what was committed until then.
    let (place, parameters): (String, [&(dyn ToSql + Sync); 2]) = (format!("{scope} {key}"), [&scope, &key]);
    let place: [&(dyn ToSql + Sync); 1] = [&place];
    let claimed = transaction.first(&idempotency::CLAIM, &place);
    let (alone, found) = try_join(claimed, transaction.first(&idempotency::FIND, &parameters)).await?;
    if !alone.is_some_and(|row| row.get(0)) {
        let what = "a request with this Idempotency-Key is under way; ask again in a moment";
        return Err(Problem::conflict(what).with("under_way", true).retry_after(1));
    }
    let Some(row) = found else {
        let (scope, [print, _]) = (scope.to_owned(), prints);
        return Ok(Begun::First(Claim { scope, key, print }));
    };
    if !prints.contains(&row.get(0)) {
        let what = "this Idempotency-Key came before with another request; use a new one";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, what));
    }
    let status = u16::try_from(row.get::<_, i32>(1)).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let body = serde_json::from_str(row.get(2)).unwrap_or_default();
    Ok(Begun::Answered(Answer { status: status.unwrap_or(StatusCode::OK), body, again: true }))
}

impl Claim {
    /// Keeps what is answered, in the transaction of what it says.
    pub(super) async fn remember(
        self, transaction: &Transaction<'_>, status: StatusCode, body: Value,
    ) -> Result<Answer, Problem> {
        let Self { scope, key, print } = self;
        let (number, text) = (i32::from(status.as_u16()), body.to_string());
        transaction.run(&idempotency::REMEMBER, &[&scope, &key, &print, &number, &text]).await?;
        Ok(Answer { status, body, again: false })
    }
}

/// Ends the transaction of a request before it is answered: whoever asks again at once would be told that this one is under way.
pub(super) async fn end(transaction: Transaction<'_>, done: Result<Answer, Problem>) -> Result<Answer, Problem> {
    if done.as_ref().is_ok_and(|answer| !answer.again) {
        failpoint::reach("once::before_commit");
        transaction.commit().await.map_err(DatabaseError::Transaction)?;
        failpoint::reach("once::after_commit");
    } else {
        // Nothing was written. A connection that cannot even say so is closed, which ends it as well.
        let _ = transaction.rollback().await;
    }
    done
}

/// What is kept of a request, and what a core-app of before kept of it: who asks again after an upgrade is answered. Taken of
/// the body as it came, it depends on nothing of ours that a version may change.
fn prints(key: &str, body: &[u8]) -> [Vec<u8>; 2] {
    // Whoever reads the table cannot find out by guessing what stood in the body: the key itself is not there.
    let keyed = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), body);
    [keyed.as_ref().to_vec(), Sha256::digest(body).to_vec()]
}

impl Reply for Answer {
    fn into_response(self) -> Response {
        let response = warp::reply::with_status(warp::reply::json(&self.body), self.status).into_response();
        if self.again {
            warp::reply::with_header(response, "idempotent-replayed", "true").into_response()
        } else {
            response
        }
    }
}
