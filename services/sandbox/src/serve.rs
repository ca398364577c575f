//! What insurers answer: their catalogue in JSON, with an entity tag, or whatever the fault says.

use std::time::Duration;

use futures_util::stream;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use warp::http::StatusCode;
use warp::http::header::{CONTENT_TYPE, ETAG};
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::fault::Fault;
use crate::market::{Insurer, Market};

pub(crate) fn routes(market: &Market) -> impl Filter<Extract = (Response,), Error = warp::Rejection> + Clone + use<> {
    let market = market.clone();
    warp::path!("insurers" / String / "products")
        .and(warp::get())
        .and(warp::header::optional::<String>("if-none-match"))
        .then(move |insurer: String, tag: Option<String>| {
            let found = market.with(|insurers| insurers.get(&insurer).cloned());
            async move {
                match found {
                    Some(found) => answer(&insurer, &found, tag.as_deref()).await,
                    None => StatusCode::NOT_FOUND.into_response(),
                }
            }
        })
}

async fn answer(id: &str, insurer: &Insurer, tag: Option<&str>) -> Response {
    let mut document = catalogue(id, insurer);
    match &insurer.fault {
        Some(Fault::Status { status }) => {
            StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
        }
        Some(Fault::Slow { seconds }) => {
            tokio::time::sleep(Duration::from_secs(*seconds)).await;
            conditional(&document.to_string(), tag)
        }
        Some(Fault::Html) => warp::reply::html("<html><body>Ведутся работы</body></html>").into_response(),
        Some(Fault::Truncated) => {
            let text = document.to_string();
            as_json(text.as_bytes()[..text.len() / 2].to_vec())
        }
        Some(Fault::Encoding) => as_json(vec![b'{', b'"', 0xd9, 0xe8, 0xf2, b'"', b':', b'1', b'}']),
        Some(Fault::Large { megabytes }) => {
            let chunks = vec![Ok::<_, std::convert::Infallible>(vec![b' '; 1 << 20]); *megabytes];
            warp::reply::with_header(warp::reply::stream(stream::iter(chunks)), CONTENT_TYPE, "application/json")
                .into_response()
        }
        Some(broken) => {
            spoil(&mut document, broken);
            conditional(&document.to_string(), tag)
        }
        None => conditional(&document.to_string(), tag),
    }
}

fn catalogue(id: &str, insurer: &Insurer) -> Value {
    let products: Vec<Value> = insurer
        .products
        .iter()
        .map(|(product_id, product)| {
            let tariffs: Vec<Value> = product
                .tariffs
                .iter()
                .map(|tariff| {
                    json!({
                        "code": tariff.code,
                        "title": tariff.title,
                        "premium": { "amount": format!("{:.2}", tariff.premium), "currency": "RUB" },
                        "from": tariff.from,
                    })
                })
                .collect();
            json!({
                "id": product_id,
                "title": product.title,
                "line": product.line,
                "summary": product.summary,
                "link": format!("https://{id}.example/products/{product_id}"),
                "tariffs": tariffs,
                // A field that nobody asked for, as real feeds have.
                "internal_rank": product_id.len(),
            })
        })
        .collect();
    json!({ "insurer": id, "products": products })
}

fn spoil(document: &mut Value, fault: &Fault) {
    let products = &mut document["products"];
    match fault {
        Fault::Empty => *products = json!([]),
        Fault::MissingPrice => products[0]["tariffs"][0]["premium"] = json!({ "currency": "RUB" }),
        Fault::NegativePremium => products[0]["tariffs"][0]["premium"]["amount"] = "-100.00".into(),
        Fault::UnknownCurrency => products[0]["tariffs"][0]["premium"]["currency"] = "ZZZ".into(),
        Fault::DuplicateId => {
            let first = products[0].clone();
            if let Some(products) = products.as_array_mut() {
                products.push(first);
            }
        }
        _ => {}
    }
}

pub(crate) fn conditional(text: &str, tag: Option<&str>) -> Response {
    let digest = Sha256::digest(text.as_bytes());
    let etag: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let etag = format!("\"{etag}\"");
    let response = if tag == Some(etag.as_str()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        as_json(text.as_bytes().to_vec())
    };
    warp::reply::with_header(response, ETAG, etag).into_response()
}

fn as_json(body: Vec<u8>) -> Response {
    warp::reply::with_header(body, CONTENT_TYPE, "application/json; charset=utf-8").into_response()
}
