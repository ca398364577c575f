//! A payment provider: its API, the page where payers pay, notifications to whoever asked for a payment, and all the ways
//! in which providers disappoint.

mod api;
mod control;
mod fault;
mod notify;
mod page;
mod till;

pub use fault::PaymentFault;
pub(crate) use notify::messenger;
pub use till::{Payment, PaymentStatus, Till};

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

/// Everything of the provider.
pub(crate) fn routes(till: &Till) -> BoxedFilter<(Response,)> {
    api::routes(till).or(page::routes(till)).unify().or(control::routes(till)).unify().boxed()
}
