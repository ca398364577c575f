//! Who may see an application: whoever has the token that was given once, with the quote. Only its hash is kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use polis_actors::database::Run;
use polis_actors::http::Problem;
use polis_schema::sql::applications;
use ring::hmac;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The token of an application, and what is kept of it. It follows from the key of the request that made the application
/// (HMAC-SHA256), which only its sender knows: whoever asks again gets the same one, and nobody else can.
pub(super) fn token(key: &str, id: Uuid) -> (String, Vec<u8>) {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()), id.as_bytes());
    let token = URL_SAFE_NO_PAD.encode(tag);
    let kept = hash(&token);
    (token, kept)
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}

/// Lets the holder of the token in. Somebody else learns nothing: not even whether there is such an application.
pub(super) async fn check(client: &impl Run, id: &str, authorization: Option<&str>) -> Result<Uuid, Problem> {
    let visitor = Visitor::read(id, authorization)?;
    visitor.check(client).await?;
    Ok(visitor.id)
}

/// Whoever wants to see an application, not let in yet.
pub(super) struct Visitor {
    /// The application.
    pub(super) id: Uuid,
    hash: Vec<u8>,
}

impl Visitor {
    /// What a request says of itself.
    pub(super) fn read(id: &str, authorization: Option<&str>) -> Result<Self, Problem> {
        let token = authorization.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(|| {
            Problem::unauthorized("Bearer", "Authorization: Bearer with the token of the application is missing")
        })?;
        Ok(Self { id: id.parse().map_err(|_| stranger())?, hash: hash(token.trim()) })
    }

    /// Lets the holder of the token in.
    pub(super) async fn check(&self, client: &impl Run) -> Result<(), Problem> {
        let row = client.first(&applications::TOKEN, &[&self.id]).await?.ok_or_else(stranger)?;
        // Comparing hashes gives nothing away of a token that is not known.
        if row.get::<_, Vec<u8>>(0) == self.hash { Ok(()) } else { Err(stranger()) }
    }
}

fn stranger() -> Problem {
    Problem::not_found("there is no such application, or the token is not that of it")
}
