//! Breaks as people work on them: listed, told, decided upon.

use bytes::Bytes;
use jiff::civil::Date;
use polis_actors::database::Database;
use polis_actors::http::parameters::{json, limit, order, parse, query, somebody};
use polis_actors::http::{Problem, answer};
use serde::{Deserialize, Serialize};
use warp::filters::BoxedFilter;
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::breaks::{self, DecideError, Decision, Refused, Standing, State, Story};
use crate::matching::Kind;
use crate::shared::Shared;

/// Longest body that names many breaks.
const MOST_BODY: u64 = 256 << 10;

/// Which breaks are wanted. Everything that is given has to hold; what is empty counts as not given, but for the owner.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Only with that insurer.
    pub insurer: Option<String>,
    /// Only of that kind.
    pub kind: Option<String>,
    /// Only in that state.
    pub state: Option<String>,
    /// Only those that this person looks after; empty: those that nobody does.
    pub owner: Option<String>,
    /// Only of policies whose number has this in it.
    pub q: Option<String>,
    /// Only of periods from that day on.
    pub from: Option<String>,
    /// Only of periods until that day.
    pub to: Option<String>,
    /// Behind that number.
    pub after: Option<i64>,
    /// How many.
    pub limit: Option<i64>,
}

/// A decision upon one break.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// How it stands from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Who looks after it from now on; empty: nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Who says so.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub why: String,
}

/// A decision upon many: all of them or none.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DecideMany {
    /// Upon which.
    pub ids: Vec<i64>,
    /// How they stand from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Who looks after them from now on; empty: nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Who says so.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub why: String,
}

/// Routes for the admin port.
pub fn routes(shared: &Shared) -> BoxedFilter<(Response,)> {
    let database = shared.database.clone();
    let with = warp::any().map(move || database.clone());
    let list = warp::path!("breaks").and(warp::get()).and(query()).and(with.clone());
    let list = list.then(|query: String, database| async move { answer(list_breaks(&database, &query)).await });
    let tell = warp::path!("breaks" / i64).and(warp::get()).and(with.clone());
    let tell = tell.then(|id: i64, database| async move { answer(story(&database, id)).await });
    let one = warp::path!("breaks" / i64).and(warp::post()).and(order()).and(with.clone());
    let one = one.then(|id: i64, body: Bytes, database| async move { answer(decide_one(&database, id, &body)).await });
    let large = warp::body::content_length_limit(MOST_BODY).and(warp::body::bytes());
    let many = warp::path!("breaks").and(warp::post()).and(large).and(with);
    let many = many.then(|body: Bytes, database| async move { answer(decide_many(&database, &body)).await });
    list.or(tell).unify().or(one).unify().or(many).unify().boxed()
}

async fn list_breaks(database: &Database, query: &str) -> Result<Response, Problem> {
    let wanted: Wanted = parse(query)?;
    let most = limit(wanted.limit)?;
    let filter = breaks::Filter {
        insurer: given(wanted.insurer.as_deref()),
        kind: given(wanted.kind.as_deref()).map(kind).transpose()?.map(Kind::as_str),
        state: given(wanted.state.as_deref()).map(state).transpose()?.map(State::as_str),
        owner: wanted.owner.as_deref().map(str::trim),
        number: given(wanted.q.as_deref()),
        from: given(wanted.from.as_deref()).map(|text| day("from", text)).transpose()?,
        to: given(wanted.to.as_deref()).map(|text| day("to", text)).transpose()?,
    };
    let found = Standing::list(&database.get().await?, &filter, wanted.after.unwrap_or_default(), most).await?;
    Ok(warp::reply::json(&found).into_response())
}

async fn story(database: &Database, id: i64) -> Result<Response, Problem> {
    let story = Story::load(&database.get().await?, id).await?;
    let story = story.ok_or_else(|| Problem::not_found(format!("there is no break {id}")))?;
    Ok(warp::reply::json(&story).into_response())
}

async fn decide_one(database: &Database, id: i64, body: &[u8]) -> Result<Response, Problem> {
    let Decide { state, owner, by, why } = json(body)?;
    decide(database, &DecideMany { ids: vec![id], state, owner, by, why }).await
}

async fn decide_many(database: &Database, body: &[u8]) -> Result<Response, Problem> {
    decide(database, &json(body)?).await
}

async fn decide(database: &Database, order: &DecideMany) -> Result<Response, Problem> {
    let DecideMany { ids, state: wanted, owner, by, why } = order;
    let wanted = given(wanted.as_deref()).map(state).transpose()?;
    let (by, why) = (somebody(by)?, why.trim());
    let decision = Decision { ids, state: wanted, owner: owner.as_deref(), by, why };
    Ok(warp::reply::json(&breaks::decide(database, &decision).await?).into_response())
}

/// What is not empty.
fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn kind(name: &str) -> Result<Kind, Problem> {
    Kind::named(name).filter(|kind| kind.is_break()).ok_or_else(|| {
        let kinds = Kind::ALL.into_iter().filter(|kind| kind.is_break()).map(Kind::as_str);
        Problem::bad_request(format!("kind is {name:?}; there are {}", kinds.collect::<Vec<_>>().join(", ")))
    })
}

fn state(name: &str) -> Result<State, Problem> {
    let states = || State::ALL.map(State::as_str).join(", ");
    State::named(name).ok_or_else(|| Problem::bad_request(format!("state is {name:?}; there are {}", states())))
}

impl From<DecideError> for Problem {
    fn from(error: DecideError) -> Self {
        let text = error.to_string();
        match error {
            DecideError::Database(error) => error.into(),
            DecideError::NoBreak(_) => Self::not_found(text),
            DecideError::Closed { run, .. } => Self::conflict(text).with("run", run),
            DecideError::Refused { refused: Refused::Corrected, .. } => Self::conflict(text),
            DecideError::Refused { refused: Refused::NoWhy(_), .. }
            | DecideError::NoIds
            | DecideError::TooMany(_)
            | DecideError::Nothing => Self::bad_request(text),
        }
    }
}

fn day(name: &str, text: &str) -> Result<Date, Problem> {
    text.parse().map_err(|_| Problem::bad_request(format!("{name} is {text:?}; give a day as in 2026-11-01")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_answered_with_those_that_are_known() {
        assert_eq!(kind("duplicate").ok(), Some(Kind::Duplicate));
        assert_eq!(state("disputed").ok(), Some(State::Disputed));
        for problem in [kind("not_due_yet").err(), kind("wrong").err(), state("closed").err()] {
            let text = format!("{:?}", problem.unwrap());
            assert!(text.contains("; there are ") && !text.contains("there are not_due_yet"), "{text}");
        }
    }

    #[test]
    fn a_wrong_day_is_answered_with_its_name() {
        assert_eq!(day("from", "2026-11-01").ok(), Some(Date::constant(2026, 11, 1)));
        assert!(format!("{:?}", day("to", "30.11.2026").err()).contains("to is"));
    }

    #[test]
    fn a_problem_has_the_status_of_its_kind() {
        let refused = |refused| DecideError::Refused { id: 7, refused };
        for (error, status) in [
            (DecideError::NoIds, 400),
            (DecideError::TooMany(10_001), 400),
            (DecideError::Nothing, 400),
            (refused(Refused::NoWhy(State::Accepted)), 400),
            (DecideError::NoBreak(7), 404),
            (refused(Refused::Corrected), 409),
            (DecideError::Closed { id: 7, run: 12, by: "olga".to_owned() }, 409),
        ] {
            let text = error.to_string();
            assert_eq!(Response::from(Problem::from(error)).status(), status, "{text}");
        }
    }
}
