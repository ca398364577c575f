//! `GET /registers/{insurer}?from=&to=`: the register of a period, as this insurer writes it.

use polis_actors::http::parameters::{parse, query};
use warp::filters::BoxedFilter;
use warp::http::header::CONTENT_DISPOSITION;
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;
use warp::{Filter, Reply};

use super::differ::NotEnough;
use super::file::{File, FileError, file};
use super::order::FileFault;
use super::period::Period;
use super::statement::Statement;
use crate::control::problem;
use crate::market::{Insurer, Market};
use crate::serve::{asked, misbehave, whole};

pub(super) fn routes(market: &Market) -> BoxedFilter<(Response,)> {
    let market = market.clone();
    let get = warp::path!("registers" / String).and(warp::get()).and(query());
    get.then(move |insurer: String, query: String| {
        let market = market.clone();
        async move { answer(&market, &insurer, &query).await }
    })
    .boxed()
}

async fn answer(market: &Market, id: &str, query: &str) -> Response {
    let Some(insurer) = asked(market, id, false) else {
        return problem(StatusCode::NOT_FOUND, format!("no insurer {id}"));
    };
    let File { name, content, bytes } = match period(query).and_then(|period| write(market, id, &insurer, period)) {
        Ok(file) => file,
        Err(refusal) => return *refusal,
    };
    let mut response = misbehave(&insurer, bytes, content, whole).await;
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).ok();
    if let Some(disposition) = disposition.filter(|_| response.status().is_success()) {
        response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
    }
    response
}

/// The days that are asked for.
pub(super) fn period(query: &str) -> Result<Period, Box<Response>> {
    let period: Period = parse(query).map_err(|problem| Box::new(Response::from(problem)))?;
    period.checked().map_err(|what| Box::new(problem(StatusCode::BAD_REQUEST, what)))
}

fn write(market: &Market, id: &str, insurer: &Insurer, period: Period) -> Result<File, Box<Response>> {
    let (registers, terms) = (&market.registers, &insurer.register);
    let order = registers.order(id).of(period);
    let period = if order.fault == Some(FileFault::OtherPeriod) { period.before() } else { period };
    let differing = registers.differing(id, terms, period, &order).map_err(not_enough)?;
    let mut statement = Statement::new(id, terms, period, differing.lines);
    if order.fault == Some(FileFault::OtherInsurer) {
        (statement.insurer, statement.name) = another(market, id);
    }
    file(&statement, order.fault).map_err(|error| {
        let status = match error {
            FileError::Unfit(_) => StatusCode::UNPROCESSABLE_ENTITY,
            FileError::Workbook(_) | FileError::Json(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Box::new(problem(status, error.to_string()))
    })
}

/// The insurer that comes next, in whose name a register is sent by mistake.
fn another(market: &Market, id: &str) -> (String, String) {
    market.with(|insurers| {
        let next = insurers.iter().find(|(other, _)| other.as_str() > id);
        let other = next.or_else(|| insurers.iter().find(|(other, _)| other.as_str() != id));
        other.map(|(id, insurer)| (id.clone(), insurer.register.name_of(id).to_owned())).unwrap_or_default()
    })
}

/// Says how many differences of each kind there can be.
pub(super) fn not_enough(error: NotEnough) -> Box<Response> {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let body = serde_json::json!({
        "title": status.canonical_reason(), "status": status.as_u16(), "detail": error.to_string(), "counts": error.counts,
    });
    Box::new(warp::reply::with_status(warp::reply::json(&body), status).into_response())
}
