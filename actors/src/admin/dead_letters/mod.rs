//! Records that could not be applied, as operators see them and decide on them. The same for every service that consumes.
//!
//! A [`letter`] is listed and shown whole; [`groups`] say what they fail of; an order is about a [`selection`] of them: a [`plan`] says
//! what a replay would do, [`decide`] gives the orders to replay and to discard.

mod decide;
mod groups;
mod letter;
mod plan;
mod selection;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

pub use decide::{Discard, Discarded, Replay};
pub use groups::Group;
pub use letter::{Letter, Said, Wanted, Whole};
pub use plan::{Ask, Cause, Key, Plan};
pub use selection::Selection;

use super::replays;
use crate::database::Database;
use crate::http::answer;
use crate::http::parameters::{order, query};

/// After how many replays that failed a record is refused, unless the order insists.
pub const FAILED_REPLAYS: i32 = 3;

/// Routes for the admin port: dead letters and orders to replay.
pub fn routes(database: &Database) -> BoxedFilter<(Response,)> {
    guarded(database, FAILED_REPLAYS)
}

/// The same, with another number of failed replays after which a record is refused.
pub fn guarded(database: &Database, most_failed: i32) -> BoxedFilter<(Response,)> {
    let database = database.clone();
    let with = {
        let database = database.clone();
        warp::any().map(move || database.clone())
    };
    let list = warp::path!("dead-letters").and(warp::get()).and(query()).and(with.clone());
    let list = list.then(|query: String, database| async move { answer(letter::list(&database, &query)).await });
    let groups = warp::path!("dead-letters" / "groups").and(warp::get()).and(query()).and(with.clone());
    let groups = groups.then(|query: String, database| async move { answer(groups::list(&database, &query)).await });
    let show = warp::path!("dead-letters" / i64).and(warp::get()).and(with.clone());
    let show = show.then(|id: i64, database| async move { answer(letter::show(&database, id)).await });
    let plan = warp::path!("dead-letters" / "plan").and(warp::post()).and(order()).and(with.clone());
    let plan = plan.then(move |body: bytes::Bytes, database| async move {
        answer(plan::plan(&database, most_failed, &body)).await
    });
    let replay = warp::path!("dead-letters" / "replay").and(warp::post()).and(order()).and(with.clone());
    let replay = replay.then(move |body: bytes::Bytes, database| async move {
        answer(decide::replay(&database, most_failed, &body)).await
    });
    let discard = warp::path!("dead-letters" / "discard").and(warp::post()).and(order()).and(with);
    let discard =
        discard.then(|body: bytes::Bytes, database| async move { answer(decide::discard(&database, &body)).await });
    let read = list.or(groups).unify().or(show).unify().boxed();
    let decide = plan.or(replay).unify().or(discard).unify().boxed();
    read.or(decide).unify().or(replays::routes(&database)).unify().boxed()
}
