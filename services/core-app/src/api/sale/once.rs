//! Requests that may come twice (draft-ietf-httpapi-idempotency-key-header): the answer is kept in the transaction of what
//! it says. The same key and request get the same answer, another request with that key is refused, and one that comes
//! while the first is under way is told so.

use deadpool_postgres::{Object, Transaction};
use polis_actors::database::{DatabaseError, Run};
use polis_actors::http::Problem;
use polis_schema::sql::idempotency;
use serde_json::Value;
use sha2::{Digest, Sha256};
use warp::Reply;
use warp::http::StatusCode;
use warp::http::header::CONTENT_TYPE;
use warp::reply::Response;

const LONGEST_KEY: usize = 255;

/// A request and the key it came with.
pub(super) struct Request<'a> {
    /// What is asked: the path.
    pub(super) scope: &'a str,
    /// `Idempotency-Key`.
    pub(super) key: Option<&'a str>,
    /// The body, as it came.
    pub(super) body: &'a [u8],
}

/// What is to be done with a request.
pub(super) enum Begun<'c> {
    /// It has been answered before.
    Answered(Response),
    /// It is to be carried out in this transaction, which [`Claim::answer`] commits.
    First(Claim<'c>),
}

/// A request that is carried out.
pub(super) struct Claim<'c> {
    pub(super) transaction: Transaction<'c>,
    scope: String,
    key: String,
    print: Vec<u8>,
}

/// Begins a request.
pub(super) async fn begin<'c>(client: &'c mut Object, request: Request<'_>) -> Result<Begun<'c>, Problem> {
    let Request { scope, key, body } = request;
    let key = key.map(str::trim).filter(|key| !key.is_empty() && key.len() <= LONGEST_KEY).ok_or_else(|| {
        let what = format!("Idempotency-Key is missing; send 1 to {LONGEST_KEY} characters, new for each order");
        Problem::bad_request(what)
    })?;
    let print = Sha256::digest(body).to_vec();
    let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
    let alone = transaction.first(&idempotency::CLAIM, &[&format!("{scope} {key}")]).await?;
    if !alone.is_some_and(|row| row.get(0)) {
        return Err(Problem::conflict("a request with this Idempotency-Key is under way; ask again in a moment"));
    }
    let Some(row) = transaction.first(&idempotency::FIND, &[&scope, &key]).await? else {
        let (scope, key) = (scope.to_owned(), key.to_owned());
        return Ok(Begun::First(Claim { transaction, scope, key, print }));
    };
    if row.get::<_, Vec<u8>>(0) != print {
        let what = "this Idempotency-Key came before with another request; use a new one";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, what));
    }
    let status = u16::try_from(row.get::<_, i32>(1)).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let reply = json(status.unwrap_or(StatusCode::OK), row.get(2));
    Ok(Begun::Answered(warp::reply::with_header(reply, "idempotent-replayed", "true").into_response()))
}

impl Claim<'_> {
    /// Commits what was done, and the answer with it.
    pub(super) async fn answer(self, status: StatusCode, body: &Value) -> Result<Response, Problem> {
        let Self { transaction, scope, key, print } = self;
        let (number, body) = (i32::from(status.as_u16()), body.to_string());
        transaction.run(&idempotency::REMEMBER, &[&scope, &key, &print, &number, &body]).await?;
        transaction.commit().await.map_err(DatabaseError::Transaction)?;
        Ok(json(status, body))
    }
}

fn json(status: StatusCode, body: String) -> Response {
    let reply = warp::reply::with_status(body, status);
    warp::reply::with_header(reply, CONTENT_TYPE, "application/json").into_response()
}
