//! Errors of an HTTP API: problem details (RFC 9457).

use serde_json::{Value, json};
use warp::Reply;
use warp::http::StatusCode;
use warp::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use warp::reply::Response;

use crate::database::DatabaseError;

/// A problem, for the caller.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    detail: String,
    more: Vec<(&'static str, Value)>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// When to come again, if nothing better is known.
const SOON: u64 = 2;

impl Problem {
    /// Any other than those below.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), more: Vec::new(), headers: Vec::new() }
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
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail).retry_after(SOON)
    }

    /// Nobody knows who asks; `challenge` says how to say so (RFC 9110, section 11.6.1).
    pub fn unauthorized(challenge: &'static str, detail: impl Into<String>) -> Self {
        let problem = Self::new(StatusCode::UNAUTHORIZED, detail);
        problem.header(WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
    }

    /// Says when to come again, in seconds.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header(RETRY_AFTER, seconds.into())
    }

    fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
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
        let Problem { status, detail, more, headers } = problem;
        let mut body = json!({
            "type": "about:blank", "title": status.canonical_reason(), "status": status.as_u16(), "detail": detail,
        });
        for (member, value) in more {
            body[member] = value;
        }
        let reply = warp::reply::with_status(body.to_string(), status);
        let reply = warp::reply::with_header(reply, CONTENT_TYPE, "application/problem+json");
        let mut response = reply.into_response();
        response.headers_mut().extend(headers);
        response
    }
}

/// A handler's answer or its problem.
pub async fn answer(result: impl Future<Output = Result<Response, Problem>>) -> Response {
    result.await.unwrap_or_else(Response::from)
}
