//! Errors of an HTTP API: problem details (RFC 9457).

use serde_json::{Value, json};
use warp::Reply;
use warp::http::StatusCode;
use warp::http::header::{CONTENT_TYPE, RETRY_AFTER};
use warp::reply::Response;

use crate::database::DatabaseError;

/// A problem, for the caller.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    more: Vec<(&'static str, Value)>,
}

impl Problem {
    /// Any other than those below.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), more: Vec::new() }
    }

    /// The request is wrong; `detail` names the parameter and what is allowed.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    /// There is nothing here.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// The request does not fit the state of what it is about.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, detail)
    }

    /// Come again later.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    /// With a member of its own, as RFC 9457, section 3.2, provides.
    #[must_use]
    pub fn with(mut self, member: &'static str, value: impl Into<Value>) -> Self {
        self.more.push((member, value.into()));
        self
    }
}

impl From<DatabaseError> for Problem {
    fn from(error: DatabaseError) -> Self {
        tracing::error!(error = crate::runtime::error_text(&error), "request failed");
        if error.is_passing() {
            return Self::unavailable("the database cannot be reached at present; try again in a moment");
        }
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the request could not be answered")
    }
}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        let Problem { status, detail, more } = problem;
        let mut body = json!({
            "type": "about:blank", "title": status.canonical_reason(), "status": status.as_u16(), "detail": detail,
        });
        for (member, value) in more {
            body[member] = value;
        }
        let reply = warp::reply::with_status(body.to_string(), status);
        let reply = warp::reply::with_header(reply, CONTENT_TYPE, "application/problem+json");
        match status {
            StatusCode::SERVICE_UNAVAILABLE => warp::reply::with_header(reply, RETRY_AFTER, "2").into_response(),
            _ => reply.into_response(),
        }
    }
}

/// A handler's answer or its problem.
pub async fn answer(result: impl Future<Output = Result<Response, Problem>>) -> Response {
    result.await.unwrap_or_else(Response::from)
}
