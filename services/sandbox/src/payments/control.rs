//! The control API of the provider: `GET /control/payments`, `POST /control/payments/{id}/approve` and `/decline`,
//! `PUT` and `DELETE /control/payments/fault`, `PUT /control/payments/decides`.

use serde::Deserialize;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;
use warp::{Filter, Reply};

use super::fault::PaymentFault;
use super::notify::notify;
use super::till::{PaymentStatus, Till};
use crate::control::{body, done, problem};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decides {
    /// `succeeded`, `declined`, or null for payers.
    status: Option<PaymentStatus>,
}

pub(super) fn routes(till: &Till) -> BoxedFilter<(Response,)> {
    let (listed, decided, broken, healed, set) = (till.clone(), till.clone(), till.clone(), till.clone(), till.clone());
    let bytes = || warp::body::content_length_limit(1 << 16).and(warp::body::bytes());
    let list = warp::path!("control" / "payments").and(warp::get()).map(move || {
        let mut all: Vec<_> = listed.with(|till| till.payments.values().cloned().collect());
        all.sort_by(|a, b| a.id.cmp(&b.id));
        warp::reply::json(&all).into_response()
    });
    let decide =
        warp::path!("control" / "payments" / String / String).and(warp::post()).map(move |id: String, what: String| {
            let status = match what.as_str() {
                "approve" => PaymentStatus::Succeeded,
                "decline" => PaymentStatus::Declined,
                _ => return problem(StatusCode::NOT_FOUND, "approve or decline"),
            };
            match decided.decide(&id, status, "declined by the payer") {
                None => problem(StatusCode::CONFLICT, "no such payment, or decided before"),
                Some(payment) => {
                    notify(&decided, payment);
                    done()
                }
            }
        });
    let fault = warp::path!("control" / "payments" / "fault");
    let break_it = fault.and(warp::put()).and(bytes()).map(move |bytes: bytes::Bytes| {
        body::<PaymentFault>(&bytes).map_or_else(
            |error| *error,
            |fault| {
                broken.with(|till| till.fault = Some(fault));
                done()
            },
        )
    });
    let heal = fault.and(warp::delete()).map(move || {
        healed.with(|till| till.fault = None);
        done()
    });
    let decides = warp::path!("control" / "payments" / "decides").and(warp::put()).and(bytes()).map(
        move |bytes: bytes::Bytes| {
            body::<Decides>(&bytes).map_or_else(
                |error| *error,
                |Decides { status }| {
                    set.with(|till| till.decides = status);
                    done()
                },
            )
        },
    );
    list.or(break_it).unify().or(heal).unify().or(decides).unify().or(decide).unify().boxed()
}
