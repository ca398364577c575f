//! The provider's API: `POST /payments`, `GET /payments/{id}`, `POST /payments/{id}/refunds`.

use std::time::Duration;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;
use warp::{Filter, Reply};

use super::fault::PaymentFault;
use super::notify::notify;
use super::till::{Payment, PaymentStatus, Refund, Till};
use crate::control::problem;
use crate::door::SECRET;

#[derive(Debug, Deserialize)]
struct Wanted {
    order: String,
    attempt: i32,
    amount: Decimal,
    currency: String,
    description: String,
    return_url: String,
    webhook_url: String,
}

#[derive(Debug, Deserialize)]
struct BackWanted {
    amount: Decimal,
    currency: String,
}

pub(super) fn routes(till: &Till) -> BoxedFilter<(Response,)> {
    let (made, seen, back) = (till.clone(), till.clone(), till.clone());
    let said =
        || warp::header::optional::<String>("authorization").and(warp::header::optional::<String>("idempotency-key"));
    let bytes = || warp::body::content_length_limit(1 << 16).and(warp::body::bytes());
    let pay =
        warp::path!("payments").and(warp::post()).and(said()).and(warp::header::<String>("host")).and(bytes()).then(
            move |who: Option<String>, key: Option<String>, host: String, body: bytes::Bytes| {
                let till = made.clone();
                async move { or_problem(pay(&till, who.as_deref(), key, &host, &body).await) }
            },
        );
    let look = warp::path!("payments" / String).and(warp::get()).and(said()).then(
        move |id: String, who: Option<String>, _: Option<String>| {
            let till = seen.clone();
            async move { or_problem(look(&till, &id, who.as_deref()).await) }
        },
    );
    let refund = warp::path!("payments" / String / "refunds").and(warp::post()).and(said()).and(bytes()).then(
        move |id: String, who: Option<String>, key: Option<String>, body: bytes::Bytes| {
            let till = back.clone();
            async move { or_problem(refund(&till, &id, who.as_deref(), key, &body).await) }
        },
    );
    pay.or(look).unify().or(refund).unify().boxed()
}

type Answer = Result<Response, Box<Response>>;

fn or_problem(answer: Answer) -> Response {
    answer.unwrap_or_else(|problem| *problem)
}

fn no(status: StatusCode, detail: &str) -> Box<Response> {
    Box::new(problem(status, detail))
}

fn json_of<T: DeserializeOwned>(body: &[u8]) -> Result<T, Box<Response>> {
    serde_json::from_slice(body).map_err(|error| no(StatusCode::BAD_REQUEST, &error.to_string()))
}

/// Lets known callers in, unless the provider is unwell.
async fn door(till: &Till, who: Option<&str>) -> Result<(), Box<Response>> {
    if who != Some(&format!("Bearer {SECRET}")) {
        return Err(no(StatusCode::UNAUTHORIZED, "unknown caller"));
    }
    match till.fault() {
        Some(PaymentFault::Down) => Err(no(StatusCode::SERVICE_UNAVAILABLE, "not now")),
        Some(PaymentFault::Slow { millis }) => {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            Ok(())
        }
        _ => Ok(()),
    }
}

async fn pay(till: &Till, who: Option<&str>, key: Option<String>, host: &str, body: &[u8]) -> Answer {
    door(till, who).await?;
    let key = key.ok_or_else(|| no(StatusCode::BAD_REQUEST, "Idempotency-Key is missing"))?;
    let wanted: Wanted = json_of(body)?;
    if till.fault() == Some(PaymentFault::Refused) {
        return Err(no(StatusCode::UNPROCESSABLE_ENTITY, "this card is not taken here"));
    }
    let (payment, fresh) = till.with(|till| {
        if let Some(known) = till.by_key.get(&key).and_then(|id| till.payments.get(id)) {
            return (known.clone(), false);
        }
        let id = format!("pay-{:016x}", fastrand::u64(..));
        let Wanted { order, attempt, amount, currency, description, return_url, webhook_url } = wanted;
        let payment = Payment {
            url: format!("http://{host}/pay/{id}"),
            id: id.clone(),
            status: PaymentStatus::Pending,
            amount,
            currency,
            order,
            attempt,
            reason: String::new(),
            description,
            return_url,
            webhook_url,
            refunded: Decimal::ZERO,
        };
        till.by_key.insert(key, id.clone());
        till.payments.insert(id, payment.clone());
        (payment, true)
    });
    let mut payment = payment;
    if fresh {
        match till.fault() {
            Some(PaymentFault::NotificationFirst) => {
                if let Some(decided) = till.decide(&payment.id, PaymentStatus::Succeeded, "") {
                    notify(till, decided);
                    // Long enough for it to be taken before our answer is.
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
            Some(PaymentFault::AnswerLost) => return Err(lost()),
            _ => {
                let decides = till.with(|till| till.decides);
                let decided = decides.and_then(|status| till.decide(&payment.id, status, "declined by the bank"));
                if let Some(decided) = decided {
                    notify(till, decided);
                }
            }
        }
    }
    // What is answered is what was asked for; the outcome comes by notification or to whoever looks.
    payment.status = PaymentStatus::Pending;
    Ok(warp::reply::json(&payment).into_response())
}

/// What was done is not told, as when a proxy gives up.
fn lost() -> Box<Response> {
    no(StatusCode::GATEWAY_TIMEOUT, "the answer was lost")
}

async fn look(till: &Till, id: &str, who: Option<&str>) -> Answer {
    door(till, who).await?;
    let payment = till.with(|till| till.payments.get(id).cloned());
    let payment = payment.ok_or_else(|| no(StatusCode::NOT_FOUND, "no such payment"))?;
    Ok(warp::reply::json(&payment).into_response())
}

async fn refund(till: &Till, id: &str, who: Option<&str>, key: Option<String>, body: &[u8]) -> Answer {
    door(till, who).await?;
    let key = key.ok_or_else(|| no(StatusCode::BAD_REQUEST, "Idempotency-Key is missing"))?;
    let BackWanted { amount, currency } = json_of(body)?;
    let (refund, fresh) = till.with(|till| {
        if let Some(known) = till.refunds.get(&key) {
            return Ok((known.clone(), false));
        }
        let payment = till.payments.get_mut(id).ok_or_else(|| no(StatusCode::NOT_FOUND, "no such payment"))?;
        let fits = payment.status == PaymentStatus::Succeeded
            && payment.currency == currency
            && payment.refunded + amount <= payment.amount;
        if !fits {
            return Err(no(StatusCode::UNPROCESSABLE_ENTITY, "there is not that much to pay back"));
        }
        payment.refunded += amount;
        let refund = Refund { id: format!("ref-{:016x}", fastrand::u64(..)), amount, currency };
        till.refunds.insert(key, refund.clone());
        Ok((refund, true))
    })?;
    if fresh && till.fault() == Some(PaymentFault::AnswerLost) {
        return Err(lost());
    }
    Ok(warp::reply::json(&json!(refund)).into_response())
}
