//! The control API of registers, under `/control/insurers/{insurer}/register`: `PUT` puts something wrong in them from now on,
//! `GET` shows what, `DELETE` ends it, `GET …/differences?from=&to=` lists what was put wrong in the register of a period.

use polis_actors::http::parameters::query;
use serde::Serialize;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;
use warp::{Filter, Reply};

use super::api::{not_enough, period};
use super::order::Order;
use super::terms::Terms;
use crate::control::{body, done, problem};
use crate::market::Market;

/// What `GET` shows.
#[derive(Serialize)]
struct Shown {
    /// How many policies the insurer was sold.
    policies: usize,
    #[serde(flatten)]
    order: Order,
}

type Answer = Result<Response, Box<Response>>;

pub(super) fn routes(market: &Market) -> BoxedFilter<(Response,)> {
    let (ordered, shown, ended, listed) = (market.clone(), market.clone(), market.clone(), market.clone());
    let path = warp::path!("control" / "insurers" / String / "register");
    let bytes = || warp::body::content_length_limit(1 << 16).and(warp::body::bytes());
    let put = path.and(warp::put()).and(bytes()).map(move |insurer: String, bytes: bytes::Bytes| {
        answer(terms(&ordered, &insurer).and_then(|terms| put(&ordered, &insurer, &terms, &bytes)))
    });
    let get = path.and(warp::get()).map(move |insurer: String| {
        let registers = &shown.registers;
        answer(terms(&shown, &insurer).map(|_| {
            let (policies, order) = (registers.policies(&insurer).len(), registers.order(&insurer));
            warp::reply::json(&Shown { policies, order }).into_response()
        }))
    });
    let delete = path.and(warp::delete()).map(move |insurer: String| {
        answer(terms(&ended, &insurer).map(|_| {
            ended.registers.end(&insurer);
            done()
        }))
    });
    let differences = warp::path!("control" / "insurers" / String / "register" / "differences");
    let list = differences.and(warp::get()).and(query()).map(move |insurer: String, query: String| {
        answer(terms(&listed, &insurer).and_then(|terms| list(&listed, &insurer, &terms, &query)))
    });
    put.or(get).unify().or(delete).unify().or(list).unify().boxed()
}

fn answer(answer: Answer) -> Response {
    answer.unwrap_or_else(|problem| *problem)
}

fn terms(market: &Market, insurer: &str) -> Result<Terms, Box<Response>> {
    let found = market.with(|insurers| insurers.get(insurer).map(|insurer| insurer.register.clone()));
    found.ok_or_else(|| Box::new(problem(StatusCode::NOT_FOUND, format!("no insurer {insurer}"))))
}

/// Where the order names a period, it is seen at once whether there are enough policies for the differences.
fn put(market: &Market, insurer: &str, terms: &Terms, bytes: &[u8]) -> Answer {
    let order: Order = body(bytes)?;
    if let Some(period) = order.period {
        let period = period.checked().map_err(|what| Box::new(problem(StatusCode::BAD_REQUEST, what)))?;
        market.registers.differing(insurer, terms, period, &order).map_err(not_enough)?;
    }
    market.registers.give(insurer, order);
    Ok(done())
}

fn list(market: &Market, insurer: &str, terms: &Terms, query: &str) -> Answer {
    let period = period(query)?;
    let order = market.registers.order(insurer).of(period);
    let differing = market.registers.differing(insurer, terms, period, &order).map_err(not_enough)?;
    let mut injected = differing.injected;
    let first = terms.form.first_line();
    injected.iter_mut().flat_map(|one| &mut one.lines).for_each(|line| *line += first);
    Ok(warp::reply::json(&injected).into_response())
}
