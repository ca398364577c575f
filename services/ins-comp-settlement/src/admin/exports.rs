//! Results of runs as files.

use polis_actors::http::parameters::{parse, query};
use polis_actors::http::{Problem, answer};
use serde::{Deserialize, Serialize};
use tokio_util::io::ReaderStream;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::results::{ExportError, Exported, Format, export};
use crate::shared::Shared;

/// What the file is to be.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Its format.
    pub format: Format,
}

/// Routes for the admin port.
pub fn routes(shared: &Shared) -> BoxedFilter<(Response,)> {
    let shared = shared.clone();
    let with = warp::any().map(move || shared.clone());
    let file = warp::path!("runs" / i64 / "export").and(warp::get()).and(query()).and(with);
    file.then(|id: i64, query: String, shared| async move { answer(file_of(&shared, id, &query)).await }).boxed()
}

async fn file_of(shared: &Shared, id: i64, query: &str) -> Result<Response, Problem> {
    let Wanted { format } = parse(query)?;
    let Exported { name, file, length } = export(shared, id, format).await?;
    let pieces = ReaderStream::new(tokio::fs::File::from_std(file));
    let mut response = warp::reply::stream(pieces).into_response();
    let named = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(CONTENT_LENGTH, length.into());
    // Identifiers of insurers are letters, digits and hyphens; another one would leave the file without a name.
    headers.extend(named.ok().map(|named| (CONTENT_DISPOSITION, named)));
    Ok(response)
}

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Database(error) => error.into(),
            ExportError::NoRun(_) => Self::not_found(error.to_string()),
            ExportError::NotDone(..) => Self::conflict(error.to_string()),
            ExportError::Insurer(_) => Self::conflict(polis_actors::runtime::error_text(&error)),
            ExportError::Spool(..) | ExportError::Content(_) => {
                tracing::error!(error = polis_actors::runtime::error_text(&error), "a result was not exported");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, polis_actors::runtime::error_text(&error))
            }
        }
    }
}
