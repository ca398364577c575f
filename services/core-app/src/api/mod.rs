//! The HTTP API of the catalogue and of the sale.

mod cursor;
mod facets;
mod list;
mod product;
mod query;
pub mod sale;
mod stream;

use std::convert::Infallible;

use polis_actors::broadcaster::Clients;
use polis_actors::database::Database;
use polis_actors::http::Problem;
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
        .boxed()
}

/// What is below `/api` and nothing of the above.
pub fn unknown() -> BoxedFilter<(Response,)> {
    warp::path("api").and(warp::any()).map(|| Problem::not_found("there is no such address").into()).boxed()
}

fn raw_query() -> impl Filter<Extract = (String,), Error = Infallible> + Clone {
    warp::query::raw().or(warp::any().map(String::new)).unify()
}
