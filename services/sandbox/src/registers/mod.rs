//! Registers: what insurers say, at the end of a period, of the policies they were sold, and how that can be wrong.
//!
//! A [`follower`] hears of each [`policy`] from Kafka, [`books`] keep it. On the [`terms`] of its insurer it becomes a [`line`];
//! [`differ`] puts as much wrong in the lines of a [`period`] as an [`order`] says: policies are given to each [`kind`] by
//! [`chance`], [`alter`] changes a line, the number in another [`writing`] or [`strangers`] instead of what was sold. The
//! lines are a [`statement`], which is written as a [`table`] ([`csv`], [`workbook`]) or a document ([`json`], [`xml`]) into a
//! [`file`]. The [`api`] gives it out, [`control`] takes orders.

mod alter;
mod api;
mod books;
mod chance;
mod control;
mod csv;
mod differ;
mod file;
mod follower;
mod json;
mod kind;
mod line;
mod order;
mod period;
mod policy;
#[cfg(test)]
mod samples;
mod statement;
mod strangers;
mod table;
mod terms;
mod workbook;
mod writing;
mod xml;

pub use alter::Change;
pub use books::Registers;
pub use differ::{Differing, Injected, NotEnough, Shortage, Wanted, differ};
pub use file::{File, FileError, file};
pub(crate) use follower::follow;
pub use kind::{Kind, Wishes};
pub use line::Line;
pub use order::{FileFault, Order};
pub use period::Period;
pub use policy::{Cancellation, Policy};
pub use statement::Statement;
pub use terms::{CutOff, Form, Terms};

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use crate::market::Market;

/// Everything of registers.
pub(crate) fn routes(market: &Market) -> BoxedFilter<(Response,)> {
    api::routes(market).or(control::routes(market)).unify().boxed()
}
