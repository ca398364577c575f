//! What operators see and tell core-app on its admin port.

pub mod audit;
pub mod timers;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use crate::api::sale::Desk;

/// Routes for the admin port.
pub fn routes(desk: &Desk) -> BoxedFilter<(Response,)> {
    timers::routes(&desk.database).or(audit::routes(desk)).unify().boxed()
}
