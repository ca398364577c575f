//! `GET /api/applications/{id}/stream`: the application as server-sent events, now and whenever it changes. The id of an
//! event is the version of the application.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, stream};
use polis_actors::http::{Problem, answer};
use sync_wrapper::SyncStream;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};

use super::desk::Desk;
use super::view::shown;
use super::{access, said};
use crate::sale::store::load;

const HEARTBEAT: Duration = Duration::from_secs(15);

pub(super) fn route(desk: &Desk) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let desk = desk.clone();
    warp::path!("api" / "applications" / String / "stream").and(warp::get()).and(said()).then(
        move |id: String, authorization: Option<String>, _: Option<String>| {
            let desk = desk.clone();
            async move { answer(open(&desk, &id, authorization.as_deref())).await }
        },
    )
}

async fn open(desk: &Desk, id: &str, authorization: Option<&str>) -> Result<Response, Problem> {
    let id = access::check(&desk.database.get().await?, id, authorization).await?;
    // From before the first look: what changes in between is heard.
    let watching = Watching { changes: desk.changes.subscribe(), desk: desk.clone(), id, told: 0 };
    let reply = warp::reply::stream(SyncStream::new(frames(watching)));
    let reply = warp::reply::with_header(reply, CONTENT_TYPE, "text/event-stream; charset=utf-8");
    let reply = warp::reply::with_header(reply, CACHE_CONTROL, "no-cache, no-transform");
    // Proxies that buffer would hold frames back.
    Ok(warp::reply::with_header(reply, "x-accel-buffering", "no").into_response())
}

struct Watching {
    desk: Desk,
    id: Uuid,
    changes: Receiver<Option<Uuid>>,
    /// The last version told.
    told: i64,
}

fn frames(watching: Watching) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(watching, |mut watching| async {
        let frame = watching.next().await?;
        Some((Ok(frame), watching))
    })
}

impl Watching {
    /// The next frame; none when there is nothing more to hear.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(frame) = self.look().await {
                return Some(frame);
            }
            let heard = async {
                loop {
                    match self.changes.recv().await {
                        Ok(Some(other)) if other != self.id => {}
                        Ok(_) | Err(RecvError::Lagged(_)) => return true,
                        Err(RecvError::Closed) => return false,
                    }
                }
            };
            match tokio::time::timeout(HEARTBEAT, heard).await {
                Ok(true) => {}
                Ok(false) => return None,
                Err(_) => return Some(Bytes::from_static(b":\n\n")),
            }
        }
    }

    /// The application, if it is another than was told. While the database is away there is nothing to tell.
    async fn look(&mut self) -> Option<Bytes> {
        let client = self.desk.database.get().await.ok()?;
        let state = load(&client, self.id).await.ok()?.state;
        if state.version <= self.told {
            return None;
        }
        let shown = shown(&client, self.id, &state).await.ok()?;
        self.told = state.version;
        Some(format!("event: application\nid: {}\ndata: {shown}\n\n", state.version).into())
    }
}
