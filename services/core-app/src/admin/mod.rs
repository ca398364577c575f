//! What operators see and tell core-app on its admin port.

pub mod audit;
pub mod projections;
pub mod timers;

use polis_actors::admin::dead_letters;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use crate::api::sale::Desk;
use crate::audit::checkpoint::Trusted;

/// Routes for the admin port.
pub fn routes(desk: &Desk, trusted: &Trusted) -> BoxedFilter<(Response,)> {
    let routes = timers::routes(&desk.database).or(audit::routes(desk, trusted)).unify();
    let routes = routes.or(projections::routes(&desk.database)).unify();
    routes.or(dead_letters::routes(&desk.database)).unify().boxed()
}
