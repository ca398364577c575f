//! What operators see and tell the aggregator on its admin port, one file for each thing they look at.

pub mod events;
pub mod insurers;
pub mod products;
pub mod republications;

use polis_actors::database::Database;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

/// Routes for the admin port.
pub fn routes(database: &Database) -> BoxedFilter<(Response,)> {
    let routes = insurers::routes(database).or(products::routes(database)).unify();
    routes.or(events::routes(database)).unify().or(republications::routes(database)).unify().boxed()
}
