//! The control API: changes and faults on demand.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::json;
use warp::http::StatusCode;
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::config::DriftConfig;
use crate::fault::Fault;
use crate::market::{Insurer, Market, Product};

/// Body of `PATCH /control/insurers/{insurer}/products/{product}`. What is absent stays.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    premium: Option<Decimal>,
    title: Option<String>,
    /// Which tariff; the first one when absent.
    tariff: Option<String>,
}

pub(crate) fn problem(status: StatusCode, detail: impl Into<String>) -> Response {
    let body = json!({ "title": status.canonical_reason(), "status": status.as_u16(), "detail": detail.into() });
    warp::reply::with_status(warp::reply::json(&body), status).into_response()
}

pub(crate) fn body<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Box<Response>> {
    serde_json::from_slice(bytes).map_err(|error| Box::new(problem(StatusCode::BAD_REQUEST, error.to_string())))
}

pub(crate) fn routes(market: &Market) -> impl Filter<Extract = (Response,), Error = warp::Rejection> + Clone + use<> {
    let (patched, created, withdrawn) = (market.clone(), market.clone(), market.clone());
    let (faulty, healed, listed) = (market.clone(), market.clone(), market.clone());
    let product = warp::path!("control" / "insurers" / String / "products" / String);
    let fault = warp::path!("control" / "insurers" / String / "fault");
    let bytes = || warp::body::content_length_limit(1 << 20).and(warp::body::bytes());
    let patch = product.and(warp::patch()).and(bytes()).map(move |insurer: String, id: String, bytes: bytes::Bytes| {
        body(&bytes).map_or_else(|error| *error, |wanted| patch(&patched, &insurer, &id, wanted))
    });
    let put = product.and(warp::put()).and(bytes()).map(move |insurer: String, id: String, bytes: bytes::Bytes| {
        body::<Product>(&bytes).map_or_else(
            |error| *error,
            |product| {
                on(&created, &insurer, |insurer| {
                    insurer.products.insert(id.clone(), product);
                    done()
                })
            },
        )
    });
    let delete = product.and(warp::delete()).map(move |insurer: String, id: String| {
        on(&withdrawn, &insurer, |insurer| match insurer.products.remove(&id) {
            Some(_) => done(),
            None => problem(StatusCode::NOT_FOUND, format!("no product {id}")),
        })
    });
    let break_it = fault.and(warp::put()).and(bytes()).map(move |insurer: String, bytes: bytes::Bytes| {
        body::<Fault>(&bytes).map_or_else(
            |error| *error,
            |fault| {
                on(&faulty, &insurer, |insurer| {
                    insurer.fault = Some(fault);
                    done()
                })
            },
        )
    });
    let heal = fault.and(warp::delete()).map(move |insurer: String| {
        on(&healed, &insurer, |insurer| {
            insurer.fault = None;
            done()
        })
    });
    let drifting = market.clone();
    let drift = warp::path!("control" / "drift").and(warp::put()).and(bytes()).map(move |bytes: bytes::Bytes| {
        body::<DriftConfig>(&bytes).map_or_else(
            |error| *error,
            |wanted| {
                drifting.drift.send_replace(wanted);
                done()
            },
        )
    });
    let list = warp::path!("control" / "insurers").and(warp::get()).map(move || list(&listed));
    list.or(patch).unify().or(put).unify().or(delete).unify().or(break_it).unify().or(heal).unify().or(drift).unify()
}

/// Every insurer: its products with their first premium, its fault.
fn list(market: &Market) -> Response {
    let all: serde_json::Map<_, _> = market.with(|insurers| {
        let of = insurers.iter().map(|(id, insurer)| {
            let products: serde_json::Map<_, _> = insurer
                .products
                .iter()
                .map(|(id, product)| (id.clone(), json!(product.tariffs.first().map(|tariff| tariff.premium))))
                .collect();
            (id.clone(), json!({ "products": products, "fault": insurer.fault, "asked": insurer.asked }))
        });
        of.collect()
    });
    warp::reply::json(&all).into_response()
}

pub(crate) fn done() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

fn on(market: &Market, insurer: &str, f: impl FnOnce(&mut Insurer) -> Response) -> Response {
    market.with(|insurers| match insurers.get_mut(insurer) {
        Some(insurer) => f(insurer),
        None => problem(StatusCode::NOT_FOUND, format!("no insurer {insurer}")),
    })
}

fn patch(market: &Market, insurer: &str, id: &str, patch: Patch) -> Response {
    on(market, insurer, |insurer| {
        let Some(product) = insurer.products.get_mut(id) else {
            return problem(StatusCode::NOT_FOUND, format!("no product {id}"));
        };
        let wanted = patch.tariff.as_deref();
        let Some(tariff) = product.tariffs.iter_mut().find(|tariff| wanted.is_none_or(|code| tariff.code == code))
        else {
            return problem(StatusCode::NOT_FOUND, format!("no tariff {}", wanted.unwrap_or_default()));
        };
        if let Some(premium) = patch.premium {
            if premium.is_sign_negative() {
                let what = format!("premium {premium} is negative; the fault negative-premium lets the insurer say so");
                return problem(StatusCode::BAD_REQUEST, what);
            }
            tariff.premium = premium;
        }
        if let Some(title) = patch.title {
            product.title = title;
        }
        done()
    })
}
