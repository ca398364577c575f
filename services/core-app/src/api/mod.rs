//! The HTTP API of the catalogue and of the sale.

mod cors;
mod cursor;
mod facets;
mod limits;
mod list;
mod openapi;
mod product;
mod query;
pub mod sale;
mod stream;
mod unreadable;

use std::convert::Infallible;

pub use cors::cors;
pub use limits::{LimitsConfig, limits};
use polis_actors::broadcaster::Clients;
use polis_actors::database::Database;
pub use unreadable::with_problems;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

/// All routes of the catalogue.
pub fn routes(database: &Database, clients: &Clients) -> BoxedFilter<(Response,)> {
    list::route(database)
        .or(stream::route(clients))
        .unify()
        .or(product::route(database))
        .unify()
        .or(facets::route(database))
        .unify()
        .or(openapi::route())
        .unify()
        .boxed()
}

fn raw_query() -> impl Filter<Extract = (String,), Error = Infallible> + Clone {
    warp::query::raw().or(warp::any().map(String::new)).unify()
}
