//! What operators see and tell the aggregator on its admin port, one file for each thing they look at.

pub mod events;
pub mod insurers;
pub mod products;
pub mod republications;
pub mod withdrawals;

use polis_actors::database::Database;
use polis_actors::lease::Leases;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

/// Routes for the admin port.
pub fn routes(database: &Database, leases: &Leases, topic: &str) -> BoxedFilter<(Response,)> {
    let routes = insurers::routes(database).or(withdrawals::routes(database, leases, topic)).unify();
    let routes = routes.or(products::routes(database)).unify();
    routes.or(events::routes(database)).unify().or(republications::routes(database)).unify().boxed()
}
