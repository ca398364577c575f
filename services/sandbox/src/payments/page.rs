//! The page where payers pay. Which card is which outcome is written on it, as test modes of providers do.

use std::collections::HashMap;

use quick_xml::escape::escape;
use warp::filters::BoxedFilter;
use warp::http::header::LOCATION;
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;
use warp::{Filter, Reply};

use super::notify::notify;
use super::till::{Payment, PaymentStatus, Till};

const APPROVED: &str = "4242424242424242";
const DECLINED: &str = "4000000000000002";
const SECURED: &str = "4000000000003220";
/// What the bank of the third card asks for.
const CODE: &str = "1234";

pub(super) fn routes(till: &Till) -> BoxedFilter<(Response,)> {
    let (shown, paid) = (till.clone(), till.clone());
    let show = warp::path!("pay" / String).and(warp::get()).map(move |id: String| {
        match shown.with(|till| till.payments.get(&id).cloned()) {
            None => StatusCode::NOT_FOUND.into_response(),
            Some(payment) if payment.status != PaymentStatus::Pending => back(&payment),
            Some(payment) => warp::reply::html(card(&payment, "")).into_response(),
        }
    });
    let pay = warp::path!("pay" / String)
        .and(warp::post())
        .and(warp::body::content_length_limit(4096))
        .and(warp::body::form::<HashMap<String, String>>())
        .map(move |id: String, form: HashMap<String, String>| pay(&paid, &id, &form));
    show.or(pay).unify().boxed()
}

fn pay(till: &Till, id: &str, form: &HashMap<String, String>) -> Response {
    let Some(payment) = till.with(|till| till.payments.get(id).cloned()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let field = |name: &str| form.get(name).map(|text| text.replace(' ', "")).unwrap_or_default();
    let (status, reason) = match (field("card").as_str(), field("code").as_str()) {
        (APPROVED, _) | (SECURED, CODE) => (PaymentStatus::Succeeded, ""),
        (DECLINED, _) => (PaymentStatus::Declined, "банк отклонил платёж"),
        (SECURED, "") => return warp::reply::html(secure(&payment, "")).into_response(),
        (SECURED, _) => return warp::reply::html(secure(&payment, "Неверный код")).into_response(),
        _ => return warp::reply::html(card(&payment, "Такой карты в песочнице нет")).into_response(),
    };
    match till.decide(id, status, reason) {
        Some(decided) => {
            notify(till, decided.clone());
            back(&decided)
        }
        None => back(&payment),
    }
}

fn back(payment: &Payment) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(target) = HeaderValue::from_str(&payment.return_url) {
        response.headers_mut().insert(LOCATION, target);
    }
    response
}

fn frame(payment: &Payment, inner: &str) -> String {
    format!(
        "<!doctype html><html lang=\"ru\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Оплата</title><style>body{{font:1rem/1.5 system-ui;max-width:26rem;margin:2rem auto;padding:0 1rem}}\
         input,button{{font:inherit;padding:.5rem;width:100%;box-sizing:border-box;margin:.3rem 0}}\
         button{{background:#0b6e4f;color:#fff;border:0;border-radius:.4rem}}.wrong{{color:#b3261e}}</style>\
         <h1>Оплата</h1><p>{}</p><p><strong>{:.2} {}</strong></p>{inner}\
         <p><small>Песочница: деньги не списываются.</small></p></html>",
        escape(&payment.description),
        payment.amount,
        payment.currency
    )
}

fn card(payment: &Payment, wrong: &str) -> String {
    let inner = format!(
        "<form method=\"post\"><label>Номер карты<input name=\"card\" inputmode=\"numeric\" autocomplete=\"off\" \
         value=\"4242 4242 4242 4242\"></label><p class=\"wrong\" role=\"alert\">{wrong}</p>\
         <button>Оплатить</button></form><ul><li>4242 4242 4242 4242 — оплата пройдёт</li>\
         <li>4000 0000 0000 0002 — банк отклонит</li><li>4000 0000 0000 3220 — банк спросит код 3-D Secure</li></ul>"
    );
    frame(payment, &inner)
}

fn secure(payment: &Payment, wrong: &str) -> String {
    let inner = format!(
        "<form method=\"post\"><input type=\"hidden\" name=\"card\" value=\"{SECURED}\"><label>Код из SMS (в песочнице \
         {CODE})<input name=\"code\" inputmode=\"numeric\" autocomplete=\"one-time-code\"></label>\
         <p class=\"wrong\" role=\"alert\">{wrong}</p><button>Подтвердить</button></form>"
    );
    frame(payment, &inner)
}
