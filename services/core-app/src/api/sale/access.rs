//! Who may see an application: whoever has the token that was given once, with the quote. Only its hash is kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use polis_actors::database::Run;
use polis_actors::http::Problem;
use polis_schema::sql::applications;
use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use warp::http::StatusCode;

const BYTES: usize = 32;

/// A fresh token, and what is kept of it.
pub(super) fn fresh() -> Result<(String, Vec<u8>), Problem> {
    let mut secret = [0; BYTES];
    let no_luck = |_| Problem::unavailable("no random bytes to be had; try again in a moment");
    SystemRandom::new().fill(&mut secret).map_err(no_luck)?;
    let token = URL_SAFE_NO_PAD.encode(secret);
    let kept = hash(&token);
    Ok((token, kept))
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}

/// Lets the holder of the token in. Somebody else learns nothing: not even whether there is such an application.
pub(super) async fn check(client: &impl Run, id: &str, authorization: Option<&str>) -> Result<Uuid, Problem> {
    let token = authorization.and_then(|value| value.strip_prefix("Bearer ")).ok_or_else(|| {
        Problem::new(StatusCode::UNAUTHORIZED, "Authorization: Bearer with the token of the application is missing")
    })?;
    let stranger = || Problem::not_found("there is no such application, or the token is not that of it");
    let id: Uuid = id.parse().map_err(|_| stranger())?;
    let row = client.first(&applications::TOKEN, &[&id]).await?.ok_or_else(stranger)?;
    // Comparing hashes gives nothing away of a token that is not known.
    if row.get::<_, Vec<u8>>(0) == hash(token.trim()) { Ok(id) } else { Err(stranger()) }
}
