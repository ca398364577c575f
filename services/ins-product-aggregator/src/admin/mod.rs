//! What operators see and tell the aggregator on its admin port, one file for each thing they look at.

pub mod events;
pub mod insurers;
mod parameters;
pub mod products;
pub mod republications;

use polis_actors::database::{Database, DatabaseError, Run};
use polis_schema::sql::operators;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

/// Routes for the admin port.
pub fn routes(database: &Database) -> BoxedFilter<(Response,)> {
    let routes = insurers::routes(database).or(products::routes(database)).unify();
    routes.or(events::routes(database)).unify().or(republications::routes(database)).unify().boxed()
}

/// Notes who did what, for those who ask later.
async fn note(client: &impl Run, by: &str, action: &str, subject: &str, why: &str) -> Result<(), DatabaseError> {
    tracing::info!(by, action, subject, why, "order from an operator");
    client.run(&operators::NOTE, &[&by, &action, &subject, &why]).await.map(drop)
}
