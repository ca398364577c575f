//! The policy on paper and the proof of it: `GET /api/applications/{id}/policy.pdf` for whoever has the token, and
//! `GET /api/policies/{number}?code=` for whoever was shown the paper.

use jiff::Timestamp;
use polis_actors::database::Run;
use polis_actors::http::{Problem, answer};
use polis_proto::sales::v1::application_event::Event;
use polis_schema::sql::applications;
use serde_json::json;
use tokio::task::spawn_blocking;
use url::form_urlencoded;
use uuid::Uuid;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use warp::reply::Response;
use warp::{Filter, Reply};

use super::desk::Desk;
use super::{access, said};
use crate::api::raw_query;
use crate::document::{PolicyDocument, render};
use crate::hex::hex;
use crate::sale::chain::{GENESIS, hash};
use crate::sale::seal::Person;
use crate::sale::store::{Recorded, decode, events, link};
use crate::sale::{Application, HolderError, Status, holder};

pub(super) fn routes(desk: &Desk) -> BoxedFilter<(Response,)> {
    let (printed, checked) = (desk.clone(), desk.clone());
    let print = warp::path!("api" / "applications" / String / "policy.pdf").and(warp::get()).and(said()).then(
        move |id: String, authorization: Option<String>, _: Option<String>| {
            let desk = printed.clone();
            async move { answer(print(&desk, &id, authorization.as_deref())).await }
        },
    );
    let check = warp::path!("api" / "policies" / String).and(warp::get()).and(raw_query()).then(
        move |number: String, query: String| {
            let desk = checked.clone();
            async move { answer(check(&desk, &number, &query)).await }
        },
    );
    print.or(check).unify().boxed()
}

async fn print(desk: &Desk, id: &str, authorization: Option<&str>) -> Result<Response, Problem> {
    let client = desk.database.get().await?;
    let id = access::check(&client, id, authorization).await?;
    let policy = Issued::find(&client, id).await?.ok_or_else(|| Problem::not_found("there is no policy yet"))?;
    let code = policy.code.as_ref().ok_or_else(|| unanswerable(id, "the chain of its events does not hold"))?;
    let (starts_on, ends_on) = policy.state.period().ok_or_else(|| unanswerable(id, "its policy has no period"))?;
    let (number, quote) = (&policy.number, &policy.state.quote);
    let document = PolicyDocument {
        number: number.clone(),
        insurer_name: quote.insurer_name.clone(),
        product_name: quote.product_name.clone(),
        tariff_name: quote.tariff_name.clone(),
        line: quote.line.clone(),
        premium: policy.state.premium(),
        currency: policy.state.currency().to_owned(),
        starts_on,
        ends_on,
        issued_at: policy.issued_at,
        holder: insured(&client, id, &policy.state).await?,
        cancelled_from: policy.state.cancelled_from,
        check_url: format!("{}/#/policies/{number}/{code}", desk.public),
    };
    // Nobody waits for a connection while a page is set.
    drop(client);
    let pdf = spawn_blocking(move || render(&document)).await;
    let pdf = pdf.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()));
    let pdf = pdf.map_err(|error| unanswerable(id, &error.to_string()))?;
    let reply = warp::reply::with_header(pdf, CONTENT_TYPE, "application/pdf");
    let name = format!("attachment; filename=\"{number}.pdf\"");
    let reply = warp::reply::with_header(reply, CONTENT_DISPOSITION, name);
    Ok(warp::reply::with_header(reply, CACHE_CONTROL, "private, no-store").into_response())
}

/// Nothing personal, and the same answer whether it is the number or the code that is wrong.
async fn check(desk: &Desk, number: &str, query: &str) -> Result<Response, Problem> {
    let code = asked_code(query)?;
    let stranger = || Problem::not_found("there is no such policy, or the code is not that of it");
    let client = desk.database.get().await?;
    let row = client.first(&applications::BY_POLICY, &[&number]).await?.ok_or_else(stranger)?;
    let policy = Issued::find(&client, row.get(0)).await?.ok_or_else(stranger)?;
    if policy.number != number || policy.code.as_ref() != Some(&code) {
        return Err(stranger());
    }
    let state = &policy.state;
    let (starts_on, ends_on) = state.period().map(|(from, to)| (from.to_string(), to.to_string())).unzip();
    let body = json!({
        "policy_number": number,
        "insurer_name": state.quote.insurer_name,
        "product_name": state.quote.product_name,
        "starts_on": starts_on,
        "ends_on": ends_on,
        "status": if state.status == Status::Cancelled { "cancelled" } else { "issued" },
        "cancelled_from": state.cancelled_from.map(|day| day.to_string()),
    });
    // A policy that is cancelled today must not be shown as it was yesterday.
    Ok(warp::reply::with_header(warp::reply::json(&body), CACHE_CONTROL, "no-store").into_response())
}

fn asked_code(query: &str) -> Result<String, Problem> {
    let mut code = None;
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "code" => code = Some(value.trim().to_ascii_lowercase()),
            other => return Err(Problem::bad_request(format!("{other} is not a parameter; there is code"))),
        }
    }
    code.ok_or_else(|| Problem::bad_request("code is missing; it stands in the address that the QR code leads to"))
}

/// A policy as the events of its application say.
struct Issued {
    number: String,
    issued_at: Timestamp,
    state: Application,
    /// None when the chain does not hold.
    code: Option<String>,
}

impl Issued {
    /// None when there is no policy yet.
    async fn find(client: &impl Run, id: Uuid) -> Result<Option<Self>, Problem> {
        let recorded = events(client, id).await?;
        let mut state = Application::default();
        let mut confirmed = None;
        for event in &recorded {
            let decoded = decode(id, event)?;
            state.apply(&decoded);
            if let Event::Confirmed(_) = decoded {
                confirmed = Some(event);
            }
        }
        let Some((number, confirmed)) = state.policy_number.clone().zip(confirmed) else { return Ok(None) };
        let code = code(id, &recorded, confirmed);
        if code.is_none() {
            tracing::error!(application_id = %id, "the chain of events does not hold; its policy is not vouched for");
        }
        Ok(Some(Self { number, issued_at: confirmed.occurred_at, state, code }))
    }
}

/// Bytes of a hash that are printed.
const PRINTED: usize = 8;

/// The code that proves a policy: the first 16 hexadecimal digits of the hash of its `confirmed` event; none when the chain
/// does not hold.
///
/// It is proof because that hash covers the event and the hash before it, and so everything up to there: who was quoted
/// what, at which price, for which days. The chain is counted again whenever somebody asks. Whoever changed a stored event
/// afterwards would either break the chain or, by writing all of it anew, get another code than the one on the paper that
/// the holder has. It cannot be guessed: 64 bits that depend on the sealed personal data, on random identifiers and on a
/// time to the microsecond; numbers of policies can be counted up, codes cannot. It is no secret of the holder: it is shown
/// to whoever is to believe the paper, and opens nothing but the check.
fn code(id: Uuid, recorded: &[Recorded], confirmed: &Recorded) -> Option<String> {
    let mut head = GENESIS.to_vec();
    for event in recorded {
        head = hash(&head, &link(id, event));
        if head != event.hash {
            return None;
        }
    }
    confirmed.hash.get(..PRINTED).map(hex)
}

/// Who is insured; none when that was erased.
async fn insured(client: &impl Run, id: Uuid, state: &Application) -> Result<Option<Person>, Problem> {
    let Some(submitted) = &state.submitted else { return Ok(None) };
    holder(client, id, submitted).await.map_err(|error| match error {
        HolderError::Database(error) => error.into(),
        error => unanswerable(id, &error.to_string()),
    })
}

/// What is wrong here is for the log, not for the caller.
fn unanswerable(id: Uuid, what: &str) -> Problem {
    tracing::error!(application_id = %id, error = what, "policy not printed");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the request could not be answered")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(id: Uuid, payloads: &[&str]) -> Vec<Recorded> {
        let mut head = GENESIS.to_vec();
        let event = |(at, payload): (usize, &&str)| {
            let mut event = Recorded {
                version: at as i64 + 1,
                kind: "kind".to_owned(),
                payload: payload.as_bytes().to_vec(),
                occurred_at: Timestamp::UNIX_EPOCH,
                actor: "applicant".to_owned(),
                why: String::new(),
                trace_id: String::new(),
                hash: Vec::new(),
            };
            head = hash(&head, &link(id, &event));
            event.hash.clone_from(&head);
            event
        };
        payloads.iter().enumerate().map(event).collect()
    }

    #[test]
    fn the_code_stays_when_a_policy_is_cancelled_and_is_lost_when_the_past_is_changed() {
        let id = Uuid::from_u128(7);
        let code = |id, events: &[Recorded]| code(id, events, &events[1]);
        let issued = stream(id, &["quoted", "confirmed"]);
        let printed = code(id, &issued).unwrap();
        assert_eq!(printed.len(), 2 * PRINTED);
        let cancelled = stream(id, &["quoted", "confirmed", "cancelled"]);
        assert_eq!(code(id, &cancelled).as_ref(), Some(&printed));
        assert_eq!(code(Uuid::from_u128(8), &issued), None, "the events of another");
        for at in 0..cancelled.len() {
            let mut changed = cancelled.clone();
            changed[at].payload = b"another price".to_vec();
            assert_eq!(code(id, &changed), None, "event {at} was changed");
        }
        assert_ne!(code(id, &stream(id, &["quoted otherwise", "confirmed"])), Some(printed), "all of it written anew");
    }

    #[test]
    fn a_code_is_read_however_it_was_typed_and_nothing_else_is_taken() {
        assert_eq!(asked_code("code=00FFaa0123456789%20").unwrap(), "00ffaa0123456789");
        assert!(asked_code("").is_err());
        assert!(asked_code("code=1&name=x").is_err());
    }
}
