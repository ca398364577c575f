//! Who may come in. The secret of every door is the same invented word; what matters is that it is asked for.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde::Deserialize;
use serde_json::json;
use sha1::{Digest, Sha1};
use warp::Reply;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use crate::market::{Insurer, Market};

/// What callers must know.
pub(crate) const SECRET: &str = "sandbox";
/// How long a token lasts.
const TOKEN: Duration = Duration::from_secs(60);

/// How an insurer lets callers in.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Door {
    /// A key in the header `X-Api-Key`.
    ApiKey,
    /// A token from `POST /insurers/{insurer}/token` (RFC 6749, section 4.4).
    Oauth2,
    /// A user name token in the SOAP header, as a digest.
    UsernameToken,
}

/// Whether the caller may come in; otherwise the answer that says why not. SOAP looks into the message instead.
pub(crate) fn check(insurer: &Insurer, headers: &HeaderMap) -> Result<(), Box<Response>> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let known = match insurer.door {
        None | Some(Door::UsernameToken) => true,
        Some(Door::ApiKey) => header("x-api-key") == SECRET,
        Some(Door::Oauth2) => {
            let token = header("authorization").strip_prefix("Bearer ").unwrap_or_default();
            insurer.tokens.iter().any(|(issued, until)| issued == token && *until > Instant::now())
        }
    };
    if known { Ok(()) } else { Err(Box::new(refused("wrong or missing credentials"))) }
}

fn refused(what: &str) -> Response {
    warp::reply::with_status(warp::reply::json(&json!({ "error": what })), StatusCode::UNAUTHORIZED).into_response()
}

/// Issues a token.
pub(crate) fn token(market: &Market, insurer: &str, headers: &HeaderMap, form: &str) -> Response {
    let expected = format!("Basic {}", BASE64.encode(format!("polis:{SECRET}")));
    let known = headers.get("authorization").and_then(|v| v.to_str().ok()) == Some(&expected);
    if !known || !form.split('&').any(|pair| pair == "grant_type=client_credentials") {
        return refused("invalid_client");
    }
    let token = format!("{:032x}", fastrand::u128(..));
    let issued = market.with(|insurers| {
        let insurer = insurers.get_mut(insurer)?;
        insurer.tokens.retain(|(_, until)| *until > Instant::now());
        insurer.tokens.push((token.clone(), Instant::now() + TOKEN));
        Some(())
    });
    match issued {
        Some(()) => {
            let answer = json!({ "access_token": token, "token_type": "Bearer", "expires_in": TOKEN.as_secs() });
            warp::reply::json(&answer).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Whether a SOAP message carries the right user name token (WS-Security, Username Token Profile 1.1.1).
pub(crate) fn knows_password(message: &str) -> bool {
    let texts = texts(message);
    let text = |name: &str| texts.get(name).cloned();
    let (Some(user), Some(digest), Some(nonce), Some(created)) =
        (text("Username"), text("Password"), text("Nonce"), text("Created"))
    else {
        return false;
    };
    let Ok(nonce) = BASE64.decode(nonce) else { return false };
    let expected = Sha1::new().chain_update(nonce).chain_update(created).chain_update(SECRET).finalize();
    user == "polis" && digest == BASE64.encode(expected)
}

/// The text of each element, by local name. What does not parse has none.
fn texts(message: &str) -> HashMap<String, String> {
    let (mut reader, mut texts, mut open) = (Reader::from_str(message), HashMap::new(), String::new());
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => open = start.local_name().into_inner().to_owned(),
            Ok(Event::End(_)) => open.clear(),
            Ok(Event::Text(text)) if !open.is_empty() => {
                texts.insert(open.clone(), text.xml10_content().into_owned());
            }
            Ok(Event::Eof) | Err(_) => return texts,
            Ok(_) => {}
        }
    }
}
