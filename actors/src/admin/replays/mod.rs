//! Orders to apply something again, dead letters or a range of a topic: `GET /replays`, `GET /replays/{id}`, `POST /replays`,
//! `POST /replays/{id}/cancel`.

mod cancel;
mod range;
mod replay;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

pub use cancel::Cancel;
pub use range::{Position, TopicRange};
pub(super) use replay::shown;
pub use replay::{Part, Replay, Wanted, Whole};

use crate::database::Database;
use crate::http::answer;
use crate::http::parameters::{order, query};

pub(super) fn routes(database: &Database) -> BoxedFilter<(Response,)> {
    let database = database.clone();
    let with = warp::any().map(move || database.clone());
    let list = warp::path!("replays").and(warp::get()).and(query()).and(with.clone());
    let list = list.then(|query: String, database| async move { answer(replay::list(&database, &query)).await });
    let show = warp::path!("replays" / i64).and(warp::get()).and(with.clone());
    let show = show.then(|id: i64, database| async move { answer(replay::show(&database, id)).await });
    let range = warp::path!("replays").and(warp::post()).and(order()).and(with.clone());
    let range = range.then(|body: bytes::Bytes, database| async move { answer(range::start(&database, &body)).await });
    let cancel = warp::path!("replays" / i64 / "cancel").and(warp::post()).and(order()).and(with);
    let cancel = cancel.then(|id: i64, body: bytes::Bytes, database| async move {
        answer(cancel::cancel(&database, id, &body)).await
    });
    list.or(show).unify().or(range).unify().or(cancel).unify().boxed()
}
