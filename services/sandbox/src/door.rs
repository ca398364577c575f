//! Who may come in. The secret of every door is the same invented word; what matters is that it is asked for.

use std::collections::HashMap;
use std::time::Instant;

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

use crate::fault::Fault;
use crate::market::{Insurer, Market};
use crate::serve::refusal;

/// What callers must know.
pub(crate) const SECRET: &str = "sandbox";

/// How an insurer lets callers in.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Door {
    /// User and password in the header `Authorization`.
    Basic,
    /// A token that was agreed on, in the header `Authorization`.
    Bearer,
    /// A key in the header `X-Api-Key`.
    ApiKey,
    /// A token from `POST /insurers/{insurer}/token` (RFC 6749, section 4.4).
    Oauth2,
    /// A user name token in the SOAP header, with the password or a digest.
    UsernameToken,
}

/// Whether the caller may come in; otherwise the answer that says why not. SOAP looks into the message instead.
pub(crate) fn check(insurer: &Insurer, headers: &HeaderMap) -> Result<(), Box<Response>> {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let known = match insurer.door {
        None | Some(Door::UsernameToken) => true,
        Some(Door::Basic) => header("authorization") == user_and_password(),
        Some(Door::Bearer) => header("authorization") == format!("Bearer {SECRET}"),
        Some(Door::ApiKey) => header("x-api-key") == SECRET,
        Some(Door::Oauth2) => {
            let token = header("authorization").strip_prefix("Bearer ").unwrap_or_default();
            insurer.tokens.iter().any(|(issued, until)| issued == token && *until > Instant::now())
        }
    };
    if known { Ok(()) } else { Err(Box::new(refused("wrong or missing credentials"))) }
}

fn user_and_password() -> String {
    format!("Basic {}", BASE64.encode(format!("polis:{SECRET}")))
}

fn refused(what: &str) -> Response {
    warp::reply::with_status(warp::reply::json(&json!({ "error": what })), StatusCode::UNAUTHORIZED).into_response()
}

/// Issues a token.
pub(crate) fn token(market: &Market, insurer: &str, headers: &HeaderMap, form: &str) -> Response {
    let known = headers.get("authorization").is_some_and(|value| value.as_bytes() == user_and_password().as_bytes());
    if !known || !form.split('&').any(|pair| pair == "grant_type=client_credentials") {
        return refused("invalid_client");
    }
    let token = format!("{:032x}", fastrand::u128(..));
    let issued = market.with(|insurers| {
        let insurer = insurers.get_mut(insurer)?;
        if let Some(Fault::NoToken { status, retry_after }) = insurer.fault {
            return Some(Err(refusal(status, retry_after)));
        }
        insurer.tokens.retain(|(_, until)| *until > Instant::now());
        insurer.tokens.push((token.clone(), Instant::now() + insurer.token_life));
        Some(Ok(insurer.token_life.as_secs()))
    });
    match issued {
        Some(Err(refusal)) => refusal,
        Some(Ok(seconds)) => {
            let answer = json!({ "access_token": token, "token_type": "Bearer", "expires_in": seconds });
            warp::reply::json(&answer).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Whether a SOAP message carries the right user name token (WS-Security, Username Token Profile 1.1.1).
pub(crate) fn knows_password(message: &str) -> bool {
    let texts = texts(message);
    let text = |name: &str| texts.get(name).cloned();
    let (Some(user), Some(password)) = (text("Username"), text("Password")) else { return false };
    let expected = match (text("Nonce"), text("Created")) {
        (None, _) => SECRET.to_owned(),
        (Some(_), None) => return false,
        (Some(nonce), Some(created)) => {
            let Ok(nonce) = BASE64.decode(nonce) else { return false };
            BASE64.encode(Sha1::new().chain_update(nonce).chain_update(created).chain_update(SECRET).finalize())
        }
    };
    user == "polis" && password == expected
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
