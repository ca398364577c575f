//! Registers: sent, fetched, listed, shown with the lines that cannot be read.

use std::pin::{Pin, pin};
use std::time::Duration;

use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt};
use jiff::civil::Date;
use polis_actors::admin::note;
use polis_actors::http::parameters::{json, limit, order, parse, query, somebody};
use polis_actors::http::{Problem, answer};
use polis_actors::runtime::error_text;
use serde::{Deserialize, Serialize};
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::insurers::InsurersError;
use crate::intake::{Arriving, FetchError, Intake, IntakeError, Received, Register, Source, plain_name, unreadable};
use crate::register::{Period, Place};

/// A register that is sent: what stands in the address beside its bytes.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// Whose it is.
    pub insurer: String,
    /// First day of its period.
    pub from: Date,
    /// Last day, included.
    pub to: Date,
    /// Name of the file.
    #[serde(default)]
    pub name: String,
    /// Who sends it.
    pub by: String,
}

/// A register that is to be fetched.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Pull {
    /// Whose.
    pub insurer: String,
    /// First day of its period.
    pub from: Date,
    /// Last day, included.
    pub to: Date,
    /// Who wants it.
    pub by: String,
    /// Why.
    #[serde(default)]
    pub why: String,
}

/// Which registers are wanted.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Only of that insurer.
    pub insurer: Option<String>,
    /// Only older ones than that.
    pub before: Option<i64>,
    /// How many.
    pub limit: Option<i64>,
}

/// Which lines are wanted.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WantedLines {
    /// Behind that one.
    pub after: Option<i64>,
    /// How many.
    pub limit: Option<i64>,
}

/// Routes for the admin port.
pub fn routes(intake: &Intake) -> BoxedFilter<(Response,)> {
    let intake = intake.clone();
    let with = warp::any().map(move || intake.clone());
    let list = warp::path!("registers").and(warp::get()).and(query()).and(with.clone());
    let list = list.then(|query: String, intake| async move { answer(list_registers(&intake, &query)).await });
    let length = warp::header::optional::<u64>("content-length");
    let send = warp::path!("registers").and(warp::post()).and(query()).and(length).and(warp::body::stream());
    let send = send.and(with.clone()).then(|query, length, body, intake| answer(sent(query, length, body, intake)));
    let fetch = warp::path!("registers" / "pull").and(warp::post()).and(order()).and(with.clone());
    let fetch = fetch.then(|body: Bytes, intake| async move { answer(pull(&intake, &body)).await });
    let show = warp::path!("registers" / i64).and(warp::get()).and(with.clone());
    let show = show.then(|id: i64, intake| async move { answer(show_register(&intake, id)).await });
    let lines = warp::path!("registers" / i64 / "unreadable").and(warp::get()).and(query()).and(with);
    let lines =
        lines.then(|id: i64, query: String, intake| async move { answer(list_unreadable(&intake, id, &query)).await });
    list.or(show).unify().or(lines).unify().or(send).unify().or(fetch).unify().boxed()
}

/// How long the rest of a body that was refused is listened to.
const DRAIN: Duration = Duration::from_secs(30);

/// Takes a register from the body of a request, however large it is.
async fn sent<B: Buf>(
    query: String, length: Option<u64>, body: impl Stream<Item = Result<B, warp::Error>>, intake: Intake,
) -> Result<Response, Problem> {
    let mut body = pin!(body);
    let taken = upload(&intake, &query, length, body.as_mut()).await;
    if taken.is_err() {
        // Whoever is still sending would hear of a broken connection, and not why.
        let _ = tokio::time::timeout(DRAIN, body.for_each(|_| std::future::ready(()))).await;
    }
    taken
}

async fn upload<B: Buf>(
    intake: &Intake, query: &str, length: Option<u64>, body: Pin<&mut impl Stream<Item = Result<B, warp::Error>>>,
) -> Result<Response, Problem> {
    let Upload { insurer, from, to, name, by } = parse(query)?;
    let by = somebody(&by)?.to_owned();
    let name = plain_name(&name, "register");
    let arriving = Arriving { insurer, from, to, name, source: Source::Upload, by };
    received(intake.upload(&arriving, length, body).await?)
}

async fn pull(intake: &Intake, body: &[u8]) -> Result<Response, Problem> {
    let Pull { insurer, from, to, by, why } = json(body)?;
    let by = somebody(&by)?;
    let subject = format!("{insurer} {from} to {to}");
    note(&intake.shared().database.get().await?, by, "settlement.pull", &subject, &why).await?;
    received(intake.pull(&insurer, Period { from, to }, by).await?)
}

fn received(received: Received) -> Result<Response, Problem> {
    let status = if received.known { StatusCode::OK } else { StatusCode::CREATED };
    Ok(warp::reply::with_status(warp::reply::json(&received), status).into_response())
}

async fn list_registers(intake: &Intake, query: &str) -> Result<Response, Problem> {
    let wanted: Wanted = parse(query)?;
    let most = limit(wanted.limit)?;
    let client = intake.shared().database.get().await?;
    let registers = Register::list(&client, wanted.insurer.as_deref(), wanted.before, most).await?;
    Ok(warp::reply::json(&registers).into_response())
}

async fn show_register(intake: &Intake, id: i64) -> Result<Response, Problem> {
    Ok(warp::reply::json(&known(intake, id).await?).into_response())
}

async fn known(intake: &Intake, id: i64) -> Result<Register, Problem> {
    let register = Register::load(&intake.shared().database.get().await?, id).await?;
    register.ok_or_else(|| Problem::not_found(format!("there is no register {id}")))
}

async fn list_unreadable(intake: &Intake, id: i64, query: &str) -> Result<Response, Problem> {
    let wanted: WantedLines = parse(query)?;
    let most = limit(wanted.limit)?;
    known(intake, id).await?;
    let client = intake.shared().database.get().await?;
    let lines = unreadable(&client, id, wanted.after.unwrap_or(i64::MIN), most).await?;
    Ok(warp::reply::json(&lines).into_response())
}

impl From<IntakeError> for Problem {
    fn from(error: IntakeError) -> Self {
        let (text, kind) = (error_text(&error), error.kind());
        let problem = match error {
            IntakeError::Database(error) => return error.into(),
            IntakeError::Insurer(InsurersError::Unknown { .. }) => Self::not_found(text),
            IntakeError::Closed(_) => Self::conflict(text),
            IntakeError::TooLarge { .. } => Self::new(StatusCode::PAYLOAD_TOO_LARGE, text),
            IntakeError::BrokenOff { .. } => Self::bad_request(text),
            IntakeError::Fetch(FetchError::NowhereToFetch(_) | FetchError::Secret(_)) => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, text)
            }
            IntakeError::Fetch(_) => Self::new(StatusCode::BAD_GATEWAY, text),
            IntakeError::Insurer(InsurersError::Unreadable { .. })
            | IntakeError::Spool { .. }
            | IntakeError::Found { .. }
            | IntakeError::Lost => Self::unavailable(text),
            IntakeError::Refused(error) => at_place(Self::new(StatusCode::UNPROCESSABLE_ENTITY, text), *error.at),
            IntakeError::Insurer(InsurersError::Key { .. })
            | IntakeError::Period { .. }
            | IntakeError::NoPeriod(_)
            | IntakeError::NoLines(_)
            | IntakeError::Panicked(_) => Self::new(StatusCode::UNPROCESSABLE_ENTITY, text),
        };
        problem.with("kind", kind)
    }
}

/// With the place as far as it is known.
fn at_place(mut problem: Problem, at: Place) -> Problem {
    problem = problem.with("file", at.file);
    if let Some(sheet) = at.sheet {
        problem = problem.with("sheet", sheet);
    }
    if let Some(line) = at.line {
        problem = problem.with("line", line);
    }
    match at.column {
        Some(column) => problem.with("column", column),
        None => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::{Fault, RegisterError};

    #[test]
    fn a_problem_names_the_place_and_has_the_status_of_its_kind() {
        let place =
            Place { file: "r.csv".to_owned(), line: Some(7), column: Some("Премия".to_owned()), sheet: None };
        let refused = IntakeError::Refused(RegisterError { at: Box::new(place), fault: Fault::Empty });
        let text = refused.to_string();
        let response = Response::from(Problem::from(refused));
        assert_eq!(response.status(), 422);
        assert_eq!(text, "r.csv, line 7, column Премия: the file is empty; ask the insurer to send it again");
        let (from, to) = (Date::constant(2026, 11, 30), Date::constant(2026, 11, 1));
        let broken = || IntakeError::BrokenOff { name: "r".to_owned(), bytes: 1, cause: "reset".to_owned() };
        for (error, status) in [
            (IntakeError::Period { from, to }, 422),
            (IntakeError::NoLines("r.csv".to_owned()), 422),
            (IntakeError::Panicked("r.xlsx".to_owned()), 422),
            (IntakeError::TooLarge { name: "r".to_owned(), most: 1 }, 413),
            (broken(), 400),
            (IntakeError::Lost, 503),
            (FetchError::NowhereToFetch("ural".to_owned()).into(), 422),
            (FetchError::Unreachable { address: "http://a".to_owned(), cause: "refused".to_owned() }.into(), 502),
            (InsurersError::Unknown { id: "x".to_owned(), file: "x.toml".to_owned() }.into(), 404),
            (InsurersError::Key { place: "x.toml:1".to_owned(), what: "is wrong".to_owned() }.into(), 422),
        ] {
            let text = error.to_string();
            assert_eq!(Response::from(Problem::from(error)).status(), status, "{text}");
        }
    }
}
