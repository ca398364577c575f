//! The HTTP API of the catalogue.

mod cursor;
mod facets;
mod list;
mod product;
mod query;
mod stream;

use std::convert::Infallible;

use polis_actors::broadcaster::Clients;
use polis_actors::database::Database;
use polis_actors::http::Problem;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

/// All routes of the API.
pub fn routes(database: &Database, clients: &Clients) -> BoxedFilter<(Response,)> {
    let api = list::route(database)
        .or(stream::route(clients))
        .unify()
        .or(product::route(database))
        .unify()
        .or(facets::route(database))
        .unify();
    let unknown = warp::path("api").and(warp::any()).map(|| Problem::not_found("there is no such address").into());
    api.or(unknown).unify().boxed()
}

fn raw_query() -> impl Filter<Extract = (String,), Error = Infallible> + Clone {
    warp::query::raw().or(warp::any().map(String::new)).unify()
}
