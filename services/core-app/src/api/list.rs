//! `GET /api/products`: a page of the catalogue.

use polis_actors::database::{Database, Run};
use polis_actors::http::{Problem, answer};
use polis_schema::sql::catalogue;
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio_postgres::IsolationLevel;
use warp::http::StatusCode;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};

use super::cursor::Cursor;
use super::query::ListQuery;
use super::raw_query;
use crate::catalogue::Item;

/// The sequence a page is the state of: a stream opened with it misses nothing and repeats nothing.
const SEQUENCE: &str = "polis-sequence";

pub(crate) fn route(database: &Database) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let database = database.clone();
    warp::path!("api" / "products")
        .and(warp::get())
        .and(raw_query())
        .and(warp::header::optional::<String>("if-none-match"))
        .then(move |raw: String, tag: Option<String>| {
            let database = database.clone();
            async move { answer(list(&database, &raw, tag.as_deref())).await }
        })
}

async fn list(database: &Database, raw: &str, tag: Option<&str>) -> Result<Response, Problem> {
    let query = ListQuery::parse(raw)?;
    let (items, next, position) = page(database, &query).await?;
    let body = json!({ "items": items, "next": next }).to_string();
    Ok(tagged(body, tag, Some(position)))
}

/// JSON with an entity tag, or only the tag when the caller has it.
pub(crate) fn tagged(body: String, tag: Option<&str>, position: Option<i64>) -> Response {
    let digest = Sha256::digest(body.as_bytes());
    let etag: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    let etag = format!("\"{etag}\"");
    let known = tag.is_some_and(|tags| tags.split(',').any(|t| t.trim().trim_start_matches("W/") == etag));
    let reply = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        warp::reply::with_header(body, CONTENT_TYPE, "application/json").into_response()
    };
    let reply = warp::reply::with_header(reply, ETAG, etag);
    let reply = warp::reply::with_header(reply, CACHE_CONTROL, "no-cache");
    match position {
        Some(position) => warp::reply::with_header(reply, SEQUENCE, position.to_string()).into_response(),
        None => reply.into_response(),
    }
}

async fn page(
    database: &Database, query: &ListQuery,
) -> Result<(Vec<Item>, Option<String>, i64), polis_actors::database::DatabaseError> {
    let mut client = database.get().await?;
    let snapshot =
        client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start().await?;
    let position = snapshot.first(&catalogue::POSITION, &[]).await?.map_or(0, |row| row.get(0));
    let cursor = query.cursor.as_ref();
    // One more than asked for says whether there is a next page.
    let limit = Some(query.limit + 1);
    let mut rows = snapshot
        .all(
            &catalogue::LIST,
            &[
                &query.line,
                &query.insurer,
                &query.text,
                &query.sort,
                &limit,
                &cursor.map(|c| &c.value),
                &cursor.map(|c| &c.insurer),
                &cursor.map(|c| &c.product),
            ],
        )
        .await?;
    let more = i64::try_from(rows.len()).is_ok_and(|count| count > query.limit);
    if more {
        rows.pop();
    }
    let next = rows.last().filter(|_| more).map(|row| {
        let (insurer, product, value) = (row.get(0), row.get(1), row.get(11));
        Cursor { sort: query.sort.clone(), value, insurer, product }.encode()
    });
    Ok((rows.iter().map(Item::from_row).collect(), next, position))
}
