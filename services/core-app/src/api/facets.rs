//! `GET /api/facets`: the lines and insurers on offer, for filters.

use std::collections::BTreeMap;

use polis_actors::database::{Database, Run};
use polis_actors::http::{Problem, answer};
use polis_schema::sql::catalogue;
use serde_json::json;
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::list::tagged;

pub(crate) fn route(database: &Database) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone + use<> {
    let database = database.clone();
    warp::path!("api" / "facets").and(warp::get()).and(warp::header::optional::<String>("if-none-match")).then(
        move |tag: Option<String>| {
            let database = database.clone();
            async move { answer(facets(&database, tag.as_deref())).await }
        },
    )
}

async fn facets(database: &Database, tag: Option<&str>) -> Result<Response, Problem> {
    let rows = database.get().await?.all(&catalogue::FACETS, &[]).await?;
    let (mut lines, mut insurers) = (BTreeMap::<String, i64>::new(), BTreeMap::<String, (String, i64)>::new());
    for row in &rows {
        let (line, insurer, name, count): (String, String, String, i64) =
            (row.get(0), row.get(1), row.get(2), row.get(3));
        *lines.entry(line).or_default() += count;
        insurers.entry(insurer).or_insert((name, 0)).1 += count;
    }
    let lines: Vec<_> = lines.into_iter().map(|(id, count)| json!({ "id": id, "count": count })).collect();
    let insurers: Vec<_> =
        insurers.into_iter().map(|(id, (name, count))| json!({ "id": id, "name": name, "count": count })).collect();
    Ok(tagged(json!({ "lines": lines, "insurers": insurers }).to_string(), tag, None))
}
