//! What settlement answers on its admin port, an area in each file: JSON, errors as problems (RFC 9457), and a page that uses it.

pub mod breaks;
pub mod exports;
pub mod insurers;
pub mod page;
pub mod policies;
pub mod registers;
pub mod runs;

use polis_actors::admin::dead_letters;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use crate::intake::Intake;
use crate::shared::Shared;

/// All of it.
pub fn routes(shared: &Shared, intake: &Intake) -> BoxedFilter<(Response,)> {
    let registers = registers::routes(intake).or(insurers::routes(shared)).unify();
    let runs = runs::routes(shared).or(exports::routes(shared)).unify().or(breaks::routes(shared)).unify();
    let known = policies::routes(&shared.database).or(page::routes()).unify();
    let routes = registers.or(runs).unify().or(known).unify();
    routes.or(dead_letters::routes(&shared.database)).unify().boxed()
}
