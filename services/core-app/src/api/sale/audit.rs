//! `GET /api/applications/{id}/audit`: everything that ever happened to an application, with who, when and why, what each
//! event changed, and whether the chain holds. `?version=` and `?at=` show it as it was.

use jiff::Timestamp;
use polis_actors::database::Run;
use polis_actors::http::{Problem, answer};
use polis_proto::sales::v1::application_event::Event;
use serde::Serialize;
use serde_json::{Map, Value, json};
use url::form_urlencoded;
use uuid::Uuid;
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};

use super::desk::Desk;
use super::view::view;
use super::{access, said};
use crate::api::raw_query;
use crate::hex::hex;
use crate::sale::chain::{GENESIS, hash};
use crate::sale::store::{Recorded, decode, events, link};
use crate::sale::{Application, HolderError, holder, in_own_words, kind_of_event, words_of};

pub(super) fn route(desk: &Desk) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let desk = desk.clone();
    warp::path!("api" / "applications" / String / "audit").and(warp::get()).and(said()).and(raw_query()).then(
        move |id: String, authorization: Option<String>, _: Option<String>, query: String| {
            let desk = desk.clone();
            async move { answer(audit(&desk, &id, authorization.as_deref(), &query)).await }
        },
    )
}

async fn audit(desk: &Desk, id: &str, authorization: Option<&str>, query: &str) -> Result<Response, Problem> {
    let client = desk.database.get().await?;
    let id = access::check(&client, id, authorization).await?;
    history(&client, id, query).await
}

/// The history of an application, for whoever may see it.
///
/// # Errors
/// When there is no such application, or there was none then.
pub async fn history(client: &(impl Run + Sync), id: Uuid, query: &str) -> Result<Response, Problem> {
    let shown = until(query)?;
    let recorded = events(client, id).await?;
    if recorded.is_empty() {
        return Err(Problem::not_found("there is no such application"));
    }
    let (mut state, mut head, mut intact) = (Application::default(), GENESIS.to_vec(), true);
    let mut history = Vec::new();
    for event in recorded.iter().take_while(|event| shown(event)) {
        let before = view(id, &state);
        let decoded = decode(id, event)?;
        state.apply(&decoded);
        head = hash(&head, &link(id, event));
        intact &= head == event.hash;
        let mut told = json!({
            "version": event.version,
            "event": kind_of_event(&event.kind),
            "at": event.occurred_at.to_string(),
            "who": event.actor,
            "why": event.why,
            "trace_id": event.trace_id,
            "changed": difference(&before, &view(id, &state)),
            "hash": hex(&event.hash),
        });
        if let Event::Submitted(submitted) = &decoded {
            told["person"] = readable(holder(client, id, submitted).await)?;
        }
        if let Some(words) = words_of(&decoded) {
            told["words"] = readable(in_own_words(client, id, words).await)?;
        }
        history.push(told);
    }
    if history.is_empty() {
        return Err(Problem::not_found("nothing had happened to the application by then"));
    }
    let body = json!({ "application": view(id, &state), "history": history, "intact": intact });
    Ok(warp::reply::json(&body).into_response())
}

/// Which events are wanted.
fn until(query: &str) -> Result<impl Fn(&Recorded) -> bool + use<>, Problem> {
    let (mut version, mut at) = (i64::MAX, Timestamp::MAX);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "version" => {
                version = value.parse().map_err(|_| Problem::bad_request("version is a whole number"))?;
            }
            "at" => at = value.parse().map_err(|_| Problem::bad_request("at is a time, as in 2026-11-25T12:03:00Z"))?,
            other => return Err(Problem::bad_request(format!("{other} is not a parameter; they are version, at"))),
        }
    }
    Ok(move |event: &Recorded| event.version <= version && event.occurred_at <= at)
}

/// What is personal; what is erased cannot be read by anybody.
fn readable<T: Serialize>(opened: Result<Option<T>, HolderError>) -> Result<Value, Problem> {
    match opened {
        Ok(personal) => Ok(personal.map_or(json!("erased"), |personal| json!(personal))),
        Err(HolderError::Database(error)) => Err(error.into()),
        Err(error) => Ok(json!({ "unreadable": error.to_string() })),
    }
}

/// Members that differ, with what they were and what they are.
fn difference(before: &Value, after: &Value) -> Value {
    let mut changed = Map::new();
    collect("", before, after, &mut changed);
    changed.into()
}

fn collect(path: &str, before: &Value, after: &Value, changed: &mut Map<String, Value>) {
    if let Value::Object(members) = after {
        for (name, value) in members {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            collect(&path, before.get(name).unwrap_or(&Value::Null), value, changed);
        }
    } else if before != after && path != "version" {
        changed.insert(path.to_owned(), json!({ "before": before, "after": after }));
    }
}
