//! The steps of an application: `GET /api/applications/{id}` and the `POST`s below it.

use deadpool_postgres::Transaction;
use futures_util::future::{join3, try_join};
use jiff::{Timestamp, Zoned};
use polis_actors::database::{DatabaseError, Run};
use polis_actors::http::{Problem, answer};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;
use warp::{Filter, Reply};

use super::access::{self, Visitor};
use super::desk::Desk;
use super::once::{self, Answer, Begun, Request};
use super::person;
use super::quotes::Offer;
use super::view::{shown, view};
use super::{body, said};
use crate::sale::store::{Decided, Deed, load};
use crate::sale::{Application, Command, Status, sealing};

/// What can be done to an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Submission,
    Reservation,
    Payment,
    Cancellation,
}

impl Step {
    const ALL: [Self; 4] = [Self::Submission, Self::Reservation, Self::Payment, Self::Cancellation];

    fn as_str(self) -> &'static str {
        match self {
            Self::Submission => "submission",
            Self::Reservation => "reservation",
            Self::Payment => "payment",
            Self::Cancellation => "cancellation",
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Cancellation {
    reason: String,
}

/// What there is to be said with a step that says everything.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

const LONGEST_REASON: usize = 500;

pub(super) fn routes(desk: &Desk) -> BoxedFilter<(Response,)> {
    let (seen, stepped) = (desk.clone(), desk.clone());
    let get = warp::path!("api" / "applications" / String).and(warp::get()).and(said()).then(
        move |id: String, authorization: Option<String>, _: Option<String>| {
            let desk = seen.clone();
            async move { answer(get(&desk, &id, authorization.as_deref())).await }
        },
    );
    let step = warp::path!("api" / "applications" / String / String).and(warp::post()).and(said()).and(body()).then(
        move |id: String, step: String, authorization: Option<String>, key: Option<String>, body: bytes::Bytes| {
            let desk = stepped.clone();
            async move { answer(take(&desk, &id, &step, authorization.as_deref(), key.as_deref(), &body)).await }
        },
    );
    get.or(step).unify().boxed()
}

async fn get(desk: &Desk, id: &str, authorization: Option<&str>) -> Result<Response, Problem> {
    let client = desk.database.get().await?;
    let id = access::check(&client, id, authorization).await?;
    let state = load(&client, id).await?.state;
    Ok(warp::reply::json(&shown(&client, id, &state).await?).into_response())
}

async fn take(
    desk: &Desk, id: &str, step: &str, authorization: Option<&str>, key: Option<&str>, body: &[u8],
) -> Result<Response, Problem> {
    let Some(step) = Step::ALL.into_iter().find(|known| known.as_str() == step) else {
        let known = Step::ALL.map(Step::as_str).join(", ");
        return Err(Problem::not_found(format!("{step} is not a step; they are {known}")));
    };
    let visitor = Visitor::read(id, authorization)?;
    let scope = format!("/api/applications/{}/{}", visitor.id, step.as_str());
    let request = Request { scope: &scope, key: once::key(key)?, body };
    let mut client = desk.database.get().await?;
    let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
    let done = once_taken(desk, &transaction, &visitor, step, request).await;
    let answer = once::end(transaction, done).await?;
    if !answer.again {
        desk.news.changed(visitor.id);
    }
    Ok(answer.into_response())
}

async fn once_taken(
    desk: &Desk, transaction: &Transaction<'_>, visitor: &Visitor, step: Step, request: Request<'_>,
) -> Result<Answer, Problem> {
    let body = request.body;
    // Sent together. Whoever is not let in learns nothing of the rest.
    let id = visitor.id;
    let (allowed, begun, stream) =
        join3(visitor.check(transaction), once::begin(transaction, request), load(transaction, id)).await;
    allowed?;
    let claim = match begun? {
        Begun::Answered(answer) => return Ok(answer),
        Begun::First(claim) => claim,
    };
    let stream = stream?;
    let command = command(desk, transaction, (id, &stream.state), step, body).await?;
    let decided = Decided::upon(command, id, stream, Deed { actor: "applicant", why: step.as_str() })?;
    let status = if step == Step::Payment { StatusCode::ACCEPTED } else { StatusCode::OK };
    let application = view(id, &decided.state);
    let written = async { decided.write(transaction, &desk.topics).await.map_err(Problem::from) };
    let (_, answer) = try_join(written, claim.remember(transaction, status, application)).await?;
    Ok(answer)
}

/// What a step means, if what it needs is there.
async fn command(
    desk: &Desk, transaction: &Transaction<'_>, (id, state): (Uuid, &Application), step: Step, body: &[u8],
) -> Result<Command, Problem> {
    let (now, today) = (Timestamp::now(), Zoned::now().date());
    Ok(match step {
        Step::Submission => {
            still_offered(transaction, state, Status::Quoted).await?;
            let person = person::check(&json_of(body)?, today)?;
            Command::Submit(sealing::person(transaction, id, &person).await?)
        }
        Step::Reservation => {
            let Nothing {} = json_of(body)?;
            still_offered(transaction, state, Status::Applied).await?;
            Command::Reserve { until: now + desk.config.reservation.0, today }
        }
        Step::Payment => {
            let Nothing {} = json_of(body)?;
            Command::Pay { deadline: now + desk.config.payment.0, today }
        }
        Step::Cancellation => {
            let Cancellation { reason } = json_of(body)?;
            if reason.chars().count() > LONGEST_REASON {
                let what = format!("reason has at most {LONGEST_REASON} characters");
                return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, what));
            }
            let words = match reason.trim() {
                "" => None,
                reason => Some(sealing::words(transaction, id, state, reason).await?.ok_or_else(erased)?),
            };
            Command::Cancel { words, today }
        }
    })
}

fn json_of<T: serde::de::DeserializeOwned + Default>(body: &[u8]) -> Result<T, Problem> {
    if body.is_empty() {
        return Ok(T::default());
    }
    serde_json::from_slice(body).map_err(|error| Problem::bad_request(error.to_string()))
}

fn erased() -> Problem {
    Problem::conflict("who applied was erased, so nothing is kept in their words; leave the reason out")
}

/// A price that has changed is not sold silently: whoever wants the new one asks for a new quote.
async fn still_offered(client: &impl Run, state: &Application, status: Status) -> Result<(), Problem> {
    if state.status != status {
        // The life cycle says no, and why.
        return Ok(());
    }
    let quote = &state.quote;
    match Offer::find(client, &quote.insurer_id, &quote.product_id, &quote.tariff_id).await? {
        None => Err(Problem::conflict("the insurer does not offer this any more").with("withdrawn", true)),
        Some(offer) if offer.version != quote.tariff_version => {
            let premium = json!({ "amount": format!("{:.2}", offer.premium), "currency": offer.currency });
            let what = "the price has changed since the quote; ask for a new one";
            Err(Problem::conflict(what).with("premium", premium).with("tariff_version", offer.version))
        }
        Some(_) => Ok(()),
    }
}
