//! What insurers answer: their catalogue over each protocol, or whatever the fault says.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use encoding_rs::WINDOWS_1251;
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use warp::http::header::{CONTENT_TYPE, LINK, RETRY_AFTER};
use warp::http::{HeaderMap, HeaderValue, StatusCode};
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::exhibit::{Shown, exhibit};
use crate::fault::Fault;
use crate::market::{Insurer, Market, Pages};
use crate::{conditional, door, json, tables, xml};

const SOAP_1_1: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_1_2: &str = "http://www.w3.org/2003/05/soap-envelope";
/// Products of a page.
const PAGE: usize = 4;
const MOST_REQUEST: u64 = 64 << 10;

type Query = HashMap<String, String>;

pub(crate) fn routes(market: &Market) -> impl Filter<Extract = (Response,), Error = warp::Rejection> + Clone + use<> {
    let (got, posted, searched, issued) = (market.clone(), market.clone(), market.clone(), market.clone());
    let text = || warp::body::content_length_limit(MOST_REQUEST).and(warp::body::bytes());
    let get = warp::path!("insurers" / String / String)
        .and(warp::get())
        .and(warp::query::<Query>())
        .and(warp::header::headers_cloned())
        .then(move |insurer: String, what: String, query: Query, headers: HeaderMap| {
            let found = asked(&got, &insurer, begins(&query));
            let market = got.clone();
            async move {
                let Some(found) = found else { return StatusCode::NOT_FOUND.into_response() };
                match door::check(&found, &headers) {
                    Err(refused) => *refused,
                    Ok(()) => answer(&market, &insurer, &found, &what, &query, &headers).await,
                }
            }
        });
    let soap = warp::path!("insurers" / String / "soap").and(warp::post()).and(text()).then(
        move |insurer: String, message: Bytes| {
            let found = asked(&posted, &insurer, true);
            async move {
                let Some(found) = found else { return StatusCode::NOT_FOUND.into_response() };
                soap(&insurer, &found, &String::from_utf8_lossy(&message)).await
            }
        },
    );
    let search = warp::path!("insurers" / String / "search").and(warp::post()).and(text()).then(
        move |insurer: String, question: Bytes| {
            let question: Value = serde_json::from_slice(&question).unwrap_or_default();
            let found = asked(&searched, &insurer, question["page"]["after"].is_null());
            async move {
                let Some(found) = found else { return StatusCode::NOT_FOUND.into_response() };
                search(&insurer, &found, &question).await
            }
        },
    );
    let token = warp::path!("insurers" / String / "token")
        .and(warp::post())
        .and(warp::header::headers_cloned())
        .and(text())
        .map(move |insurer: String, headers: HeaderMap, form: Bytes| {
            door::token(&issued, &insurer, &headers, &String::from_utf8_lossy(&form))
        });
    get.or(soap).unify().or(search).unify().or(token).unify()
}

/// Whether this is the first request for a catalogue, and not one for its further pages.
fn begins(query: &Query) -> bool {
    !query.contains_key("cursor") && query.get("page").is_none_or(|page| page == "1")
}

/// The insurer as it is now; a fault that is over after so many times counts down.
pub(crate) fn asked(market: &Market, insurer: &str, begins: bool) -> Option<Insurer> {
    market.with(|insurers| {
        let insurer = insurers.get_mut(insurer)?;
        insurer.asked += u64::from(begins);
        let now = insurer.clone();
        if let Some(Fault::Status { times: Some(times), .. }) = &mut insurer.fault {
            *times = times.saturating_sub(1);
            if *times == 0 {
                insurer.fault = None;
            }
        }
        Some(now)
    })
}

async fn answer(
    market: &Market, id: &str, insurer: &Insurer, what: &str, query: &Query, headers: &HeaderMap,
) -> Response {
    let shown = exhibit(id, insurer);
    let moved = insurer.fault == Some(Fault::ChangedNamespace);
    let (bytes, content, link) = match what {
        "products" => {
            let (bytes, link) = page(id, insurer, &shown, query);
            (bytes, "application/json; charset=utf-8", link)
        }
        "catalogue.xml" => {
            let text = xml::document(&shown, "windows-1251", moved);
            (WINDOWS_1251.encode(&text).0.into_owned(), "application/xml", None)
        }
        "tariffs.csv" => (WINDOWS_1251.encode(&tables::csv(&shown)).0.into_owned(), "text/csv", None),
        "tariffs.xlsx" => match tables::xlsx(&shown) {
            Ok(bytes) => (bytes, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", None),
            Err(error) => {
                let text = error.to_string();
                return warp::reply::with_status(text, StatusCode::INTERNAL_SERVER_ERROR).into_response();
            }
        },
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    let mut response = misbehave(insurer, bytes, content, |bytes, content| {
        if insurer.dated {
            let written = market.published(id, &bytes);
            conditional::dated(bytes, content, headers, written)
        } else {
            conditional::tagged(bytes, content, headers)
        }
    })
    .await;
    if let Some(link) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
        response.headers_mut().insert(LINK, link);
    }
    response
}

/// The JSON of a page, and the link to the next one.
fn page(id: &str, insurer: &Insurer, shown: &[Shown], query: &Query) -> (Vec<u8>, Option<String>) {
    let all = json::products(shown);
    let number = |name: &str, first: usize| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(first);
    let from = match insurer.pages {
        None => return (json!({ "insurer": id, "products": all }).to_string().into_bytes(), None),
        Some(Pages::Cursor | Pages::Link) => number("cursor", 0),
        Some(Pages::Number) => (number("page", 1).max(1) - 1) * PAGE,
    };
    let products: Vec<_> = all.iter().skip(from).take(PAGE).collect();
    let next = (from + PAGE < all.len()).then_some(from + PAGE);
    let mut document = json!({ "insurer": id, "products": products });
    let mut link = None;
    match insurer.pages {
        Some(Pages::Cursor) => document["next"] = next.map_or(String::new(), |next| next.to_string()).into(),
        Some(Pages::Link) => link = next.map(|next| format!("</insurers/{id}/products?cursor={next}>; rel=\"next\"")),
        _ => {}
    }
    (document.to_string().into_bytes(), link)
}

/// What is on offer, a page at a time, to whoever asks for it.
async fn search(id: &str, insurer: &Insurer, question: &Value) -> Response {
    if question["filter"]["onSale"] != true {
        return warp::reply::with_status("filter.onSale is required", StatusCode::BAD_REQUEST).into_response();
    }
    let shown = exhibit(id, insurer);
    let from = question["page"]["after"].as_u64().and_then(|after| usize::try_from(after).ok()).unwrap_or(0);
    let page: Vec<Shown> = shown.iter().skip(from).take(PAGE).cloned().collect();
    let after = (from + PAGE < shown.len()).then_some(from + PAGE);
    let document = json!({ "data": { "programs": json::programs(&page) }, "page": { "after": after } });
    misbehave(insurer, document.to_string().into_bytes(), "application/json", whole).await
}

async fn soap(id: &str, insurer: &Insurer, message: &str) -> Response {
    let version = if message.contains(SOAP_1_2) { SOAP_1_2 } else { SOAP_1_1 };
    let content = if version == SOAP_1_2 { "application/soap+xml; charset=utf-8" } else { "text/xml; charset=utf-8" };
    if insurer.door == Some(door::Door::UsernameToken) && !door::knows_password(message) {
        let fault = if version == SOAP_1_2 {
            "<e:Fault><e:Code><e:Value>e:Sender</e:Value></e:Code><e:Reason><e:Text xml:lang=\"ru\">Неверное имя или пароль</e:Text></e:Reason></e:Fault>"
        } else {
            "<e:Fault><faultcode>e:Client</faultcode><faultstring>Неверное имя или пароль</faultstring></e:Fault>"
        };
        let text = format!("<e:Envelope xmlns:e=\"{version}\"><e:Body>{fault}</e:Body></e:Envelope>");
        let reply = warp::reply::with_header(text, CONTENT_TYPE, content);
        return warp::reply::with_status(reply, StatusCode::INTERNAL_SERVER_ERROR).into_response();
    }
    let moved = insurer.fault == Some(Fault::ChangedNamespace);
    let text = xml::envelope(&exhibit(id, insurer), version, moved);
    misbehave(insurer, text.into_bytes(), content, whole).await
}

/// The answer, unless the fault is in how it is given.
pub(crate) async fn misbehave(
    insurer: &Insurer, bytes: Vec<u8>, content: &'static str, well: impl FnOnce(Vec<u8>, &'static str) -> Response,
) -> Response {
    match &insurer.fault {
        Some(Fault::Status { status, retry_after, .. }) => refusal(*status, *retry_after),
        Some(Fault::Slow { seconds }) => {
            tokio::time::sleep(Duration::from_secs(*seconds)).await;
            well(bytes, content)
        }
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Html) => warp::reply::html("<html><body>Ведутся работы</body></html>").into_response(),
        Some(Fault::Truncated) => {
            // Between two letters: a letter that is cut through is another fault.
            let half = (0..=bytes.len() / 2).rfind(|at| bytes[*at] & 0xC0 != 0x80).unwrap_or_default();
            whole(bytes[..half].to_vec(), content)
        }
        Some(Fault::Cut) => {
            let half = Bytes::copy_from_slice(&bytes[..bytes.len() / 2]);
            let cut = async {
                // The first half must be on its way before the connection ends.
                tokio::time::sleep(Duration::from_millis(50)).await;
                Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))
            };
            let body = warp::reply::stream(stream::iter([Ok(half)]).chain(stream::once(cut)));
            warp::reply::with_header(body, CONTENT_TYPE, content).into_response()
        }
        Some(Fault::Encoding) => {
            let text =
                if content.contains("json") { "application/json; charset=utf-8" } else { "text/xml; charset=utf-8" };
            whole(vec![b'{', b'"', 0xd9, 0xe8, 0xf2, b'"', b':', b'1', b'}'], text)
        }
        Some(Fault::Large { megabytes }) => {
            let chunks = vec![Ok::<_, std::convert::Infallible>(vec![b' '; 1 << 20]); *megabytes];
            let body = warp::reply::stream(stream::iter(chunks));
            warp::reply::with_header(body, CONTENT_TYPE, content).into_response()
        }
        _ => well(bytes, content),
    }
}

/// An answer with that status, and when to ask again.
pub(crate) fn refusal(status: u16, retry_after: Option<u64>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = status.into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

pub(crate) fn whole(bytes: Vec<u8>, content: &'static str) -> Response {
    warp::reply::with_header(bytes, CONTENT_TYPE, content).into_response()
}
