//! Requests over HTTP: signed, conditional, bounded, with what the insurer says about errors.

use std::time::Duration;

use jiff::Timestamp;
use polis_actors::config::Rebase;
use polis_actors::poller::{PollError, Validator};
use polis_actors::runtime::root_cause;
use reqwest::header::{
    ACCEPT, CONTENT_TYPE, DATE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED, LINK, RETRY_AFTER,
};
use reqwest::{Certificate, Client, RequestBuilder, Response, StatusCode};

use super::ask::Ask;
use super::auth::{Auth, AuthConfig, BadCredentials};
use super::body::{self, Body};
use super::pace::Pace;
use crate::insurer::{Limits, Surroundings};

/// Calls one insurer.
#[derive(Debug)]
pub struct Http {
    client: Client,
    rebase: Rebase,
    auth: Option<Auth>,
    pace: Pace,
    pub(crate) limits: Limits,
}

/// A document.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) body: Body,
    pub(crate) validator: Validator,
    /// The next page (RFC 8288).
    pub(crate) next: Option<String>,
}

impl Http {
    /// A client for one insurer.
    ///
    /// # Errors
    /// When a secret is not where it should be.
    pub fn new(around: &Surroundings, auth: Option<&AuthConfig>, limits: Limits) -> Result<Self, BadCredentials> {
        let auth = auth.map(|auth| Auth::new(auth, &around.environment)).transpose()?;
        let pace = Pace::new(limits.requests_per_minute);
        Ok(Self { client: around.client.clone(), rebase: around.rebase.clone(), auth, pace, limits })
    }

    /// The HTTP client that all insurers share.
    ///
    /// # Errors
    /// When the TLS provider cannot be set up.
    pub fn client() -> Result<Client, reqwest::Error> {
        Self::client_that_trusts(Vec::new())
    }

    /// An HTTP client for one insurer, which trusts these authorities besides the public ones.
    ///
    /// # Errors
    /// When they cannot be used.
    pub(crate) fn client_that_trusts(authorities: Vec<Certificate>) -> Result<Client, reqwest::Error> {
        // Installed already when another part of the process needed it first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().connect_timeout(Duration::from_secs(3)).user_agent("polis-aggregator");
        client.tls_certs_merge(authorities).build()
    }

    /// Where an address leads.
    pub(crate) fn actual(&self, address: &str) -> String {
        self.rebase.apply(address)
    }

    /// Asks for a document.
    pub(crate) async fn ask(&self, ask: &Ask, accept: &str) -> Result<Document, PollError> {
        let what = || "not modified, though nothing was asked for conditionally".to_owned();
        let nothing = || PollError::Malformed { address: ask.address().to_owned(), what: what() };
        self.ask_if_changed(ask, accept, &Validator::default()).await?.ok_or_else(nothing)
    }

    /// Asks for a document; none when it has not changed since the validator. The answer to a POST is no document that
    /// could be asked for conditionally (RFC 9110, section 13.1.2).
    pub(crate) async fn ask_if_changed(
        &self, ask: &Ask, accept: &str, validator: &Validator,
    ) -> Result<Option<Document>, PollError> {
        let actual = self.actual(ask.address());
        let request = match (ask.posted(), validator) {
            (Some(json), _) => self.client.post(actual).header(CONTENT_TYPE, "application/json").body(json.to_owned()),
            (None, Validator { etag: Some(etag), .. }) => self.client.get(actual).header(IF_NONE_MATCH, etag),
            (None, Validator { last_modified: Some(date), .. }) => {
                self.client.get(actual).header(IF_MODIFIED_SINCE, date)
            }
            (None, Validator { .. }) => self.client.get(actual),
        };
        let document = self.send(ask.address(), request.header(ACCEPT, accept)).await?;
        Ok(document.map(|mut document| {
            if ask.posted().is_some() {
                (document.validator.etag, document.validator.last_modified) = (None, None);
            }
            document
        }))
    }

    /// Sends a document and answers the one that comes back. The caller judges the status where errors have a body
    /// that says more.
    pub(crate) async fn post(
        &self, address: &str, headers: HeaderMap, text: String,
    ) -> Result<(StatusCode, Option<Duration>, Body), PollError> {
        let request = self.client.post(self.actual(address)).headers(headers).body(text);
        let response = self.signed(address, request).await?;
        let (status, retry_after) = (response.status(), retry_after(response.headers()));
        Ok((status, retry_after, body::read(address, response, self.limits.body_bytes).await?))
    }

    /// With our credentials. A token that was revoked before its time is replaced once: that costs no poll.
    async fn signed(&self, address: &str, request: RequestBuilder) -> Result<Response, PollError> {
        let again = request.try_clone();
        let response = self.signed_once(address, request).await?;
        match again {
            Some(again) if response.status() == StatusCode::UNAUTHORIZED && self.refused().await => {
                self.signed_once(address, again).await
            }
            _ => Ok(response),
        }
    }

    async fn signed_once(&self, address: &str, request: RequestBuilder) -> Result<Response, PollError> {
        self.pace().await;
        let request = match self.credentials().await? {
            None => request,
            Some((name, value)) => request.header(name, value),
        };
        let unreachable =
            |error: reqwest::Error| PollError::Unreachable { address: address.to_owned(), cause: root_cause(&error) };
        request.send().await.map_err(unreachable)
    }

    /// Waits until the next request may go out.
    pub(crate) async fn pace(&self) {
        self.pace.wait().await;
    }

    /// The header with our credentials, if the insurer wants any.
    pub(crate) async fn credentials(&self) -> Result<Option<(HeaderName, HeaderValue)>, PollError> {
        match &self.auth {
            None => Ok(None),
            Some(auth) => auth.header(&self.client, |address| self.actual(address)).await.map(Some),
        }
    }

    /// The insurer refused our credentials; whether others can be had.
    pub(crate) async fn refused(&self) -> bool {
        match &self.auth {
            Some(auth) => auth.refused().await,
            None => false,
        }
    }

    async fn send(&self, address: &str, request: RequestBuilder) -> Result<Option<Document>, PollError> {
        let response = self.signed(address, request).await?;
        match response.status() {
            StatusCode::NOT_MODIFIED => return Ok(None),
            StatusCode::OK => {}
            other => {
                let (status, retry_after) = (other.as_u16(), retry_after(response.headers()));
                let what = body::excerpt(response).await;
                return Err(PollError::Status { address: address.to_owned(), status, what, retry_after });
            }
        }
        let headers = response.headers();
        let text = |name| headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let etag = text(ETAG);
        let last_modified = text(LAST_MODIFIED).filter(|date| is_past(date, text(DATE).as_deref()));
        let next = headers.get_all(LINK).iter().filter_map(|v| v.to_str().ok()).find_map(next_of);
        let body = body::read(address, response, self.limits.body_bytes).await?;
        // Where the pages go on is part of what a page says.
        let digest = next.as_ref().map_or_else(|| body.digest(), |next| format!("{} {next}", body.digest()));
        let validator = Validator { etag, last_modified, digest: Some(digest) };
        Ok(Some(Document { body, validator, next }))
    }
}

/// `Retry-After`: seconds or a date (RFC 9110, section 10.2.3).
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
    Duration::try_from(at.duration_since(Timestamp::now())).ok()
}

/// Whether the second in which a document was written was over when it was sent: what is written twice within it has the
/// same date (RFC 9110, section 8.8.2.2). Without the insurer's own clock nobody knows.
fn is_past(last_modified: &str, sent: Option<&str>) -> bool {
    let at = |date| jiff::fmt::rfc2822::parse(date).ok().map(|at| at.timestamp());
    sent.and_then(at).zip(at(last_modified)).is_some_and(|(sent, written)| written < sent)
}

/// The target of `rel="next"` in a Link header.
fn next_of(header: &str) -> Option<String> {
    header.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let next = parameters.split(';').any(|p| matches!(p.trim(), "rel=\"next\"" | "rel=next"));
        next.then(|| target.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_insurer_says_when_to_come_again() {
        let of = |text: &str| retry_after(&HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]));
        assert_eq!(of("120"), Some(Duration::from_secs(120)));
        let date = jiff::fmt::rfc2822::to_string(
            &(Timestamp::now() + Duration::from_secs(90)).to_zoned(jiff::tz::TimeZone::UTC),
        )
        .unwrap();
        let wait = of(&date).unwrap().as_secs();
        assert!((85..=90).contains(&wait), "{wait}");
        assert_eq!(of("soon"), None);
    }

    #[test]
    fn a_date_stands_for_a_document_once_its_second_is_over() {
        let (then, later) = ("Thu, 26 Nov 2026 10:00:00 GMT", "Thu, 26 Nov 2026 10:00:01 GMT");
        assert!(is_past(then, Some(later)));
        assert!(!is_past(then, Some(then)), "it may be written again in this second");
        assert!(!is_past(then, None) && !is_past("yesterday", Some(later)));
    }

    #[test]
    fn the_next_page_is_in_the_link_header() {
        let header = "<https://insurer.test/p?page=1>; rel=\"prev\", <https://insurer.test/p?page=3>; rel=\"next\"";
        assert_eq!(next_of(header).as_deref(), Some("https://insurer.test/p?page=3"));
        assert_eq!(next_of("<https://insurer.test/p?page=1>; rel=\"prev\""), None);
    }
}
