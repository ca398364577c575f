//! Who we are to an insurer. Secrets are references, never values in a file.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use polis_actors::config::Secret;
use polis_actors::poller::PollError;
use polis_actors::runtime::root_cause;
use reqwest::Client;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;
use toml::Spanned;
use url::Url;

use super::body;
use super::http::retry_after;

/// Variables of the process.
pub type Environment = Arc<BTreeMap<String, String>>;

/// Credentials that cannot be used.
#[derive(Debug)]
pub struct BadCredentials {
    /// The key.
    pub at: Range<usize>,
    /// What is missing or wrong.
    pub what: String,
}

/// How requests are authenticated.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum AuthConfig {
    /// User and password (RFC 7617).
    Basic {
        /// User name.
        user: String,
        /// Password.
        password: Spanned<Secret>,
    },
    /// A token of ours (RFC 6750).
    Bearer {
        /// The token.
        token: Spanned<Secret>,
    },
    /// A key in a header of the insurer's choice.
    ApiKey {
        /// Name of the header.
        header: Spanned<String>,
        /// The key.
        value: Spanned<Secret>,
    },
    /// OAuth 2.0, client credentials (RFC 6749, section 4.4).
    Oauth2 {
        /// Where tokens are issued.
        token_url: Url,
        /// Our identifier there.
        client_id: String,
        /// Our secret there.
        client_secret: Spanned<Secret>,
        /// What the token is for.
        scope: Option<String>,
    },
}

impl AuthConfig {
    /// Where tokens are issued, if that is how it goes.
    pub(crate) fn token_url(&self) -> Option<&Url> {
        if let Self::Oauth2 { token_url, .. } = self { Some(token_url) } else { None }
    }
}

/// Ready to sign requests.
#[derive(Debug)]
pub(crate) enum Auth {
    Basic { user: String, password: String },
    Bearer { token: String },
    ApiKey { header: HeaderName, value: String },
    Oauth2(Box<Tokens>),
}

#[derive(Debug)]
pub(crate) struct Tokens {
    url: Url,
    client_id: String,
    client_secret: String,
    scope: Option<String>,
    current: Mutex<Option<(String, Instant)>>,
}

/// The secret that a key refers to.
pub(super) fn resolve(secret: &Spanned<Secret>, environment: &Environment) -> Result<String, BadCredentials> {
    secret.get_ref().resolve(environment).map_err(|what| BadCredentials { at: secret.span(), what })
}

impl Auth {
    pub(crate) fn new(config: &AuthConfig, environment: &Environment) -> Result<Self, BadCredentials> {
        let resolve = |secret: &Spanned<Secret>| resolve(secret, environment);
        Ok(match config {
            AuthConfig::Basic { user, password } => Self::Basic { user: user.clone(), password: resolve(password)? },
            AuthConfig::Bearer { token } => Self::Bearer { token: resolve(token)? },
            AuthConfig::ApiKey { header, value } => {
                let name = HeaderName::try_from(header.get_ref()).map_err(|_| BadCredentials {
                    at: header.span(),
                    what: format!("{:?} is not the name of a header", header.get_ref()),
                })?;
                Self::ApiKey { header: name, value: resolve(value)? }
            }
            AuthConfig::Oauth2 { token_url, client_id, client_secret, scope } => Self::Oauth2(Box::new(Tokens {
                url: token_url.clone(),
                client_id: client_id.clone(),
                client_secret: resolve(client_secret)?,
                scope: scope.clone(),
                current: Mutex::default(),
            })),
        })
    }

    /// The header with our credentials.
    pub(crate) async fn header(
        &self, client: &Client, actual: impl Fn(&str) -> String,
    ) -> Result<(HeaderName, HeaderValue), PollError> {
        let (name, value) = match self {
            Self::Basic { user, password } => {
                (AUTHORIZATION, format!("Basic {}", BASE64.encode(format!("{user}:{password}"))))
            }
            Self::Bearer { token } => (AUTHORIZATION, format!("Bearer {token}")),
            Self::ApiKey { header, value } => (header.clone(), value.clone()),
            Self::Oauth2(tokens) => (AUTHORIZATION, format!("Bearer {}", tokens.token(client, actual).await?)),
        };
        let mut value = HeaderValue::try_from(value).map_err(|_| PollError::Malformed {
            address: name.to_string(),
            what: "our credentials cannot be sent in a header".to_owned(),
        })?;
        value.set_sensitive(true);
        Ok((name, value))
    }

    /// The insurer refused our credentials; whether others can be had: a token may have been revoked before its time.
    pub(crate) async fn refused(&self) -> bool {
        let Self::Oauth2(tokens) = self else { return false };
        *tokens.current.lock().await = None;
        true
    }
}

#[derive(Deserialize)]
struct Issued {
    access_token: String,
    #[serde(default = "an_hour")]
    expires_in: u64,
}

fn an_hour() -> u64 {
    3600
}

/// A token that is about to end may end on the way.
const SPARE: Duration = Duration::from_secs(30);
/// Most bytes of an answer with a token.
const MOST_ANSWER: usize = 64 << 10;

impl Tokens {
    fn form(&self) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if let Some(scope) = &self.scope {
            form.append_pair("scope", scope);
        }
        form.finish()
    }

    async fn token(&self, client: &Client, actual: impl Fn(&str) -> String) -> Result<String, PollError> {
        let mut current = self.current.lock().await;
        if let Some((token, until)) = &*current
            && *until > Instant::now()
        {
            return Ok(token.clone());
        }
        let address = self.url.as_str();
        let unreachable = |error: reqwest::Error| PollError::Unreachable {
            address: address.to_owned(),
            cause: format!("no token: {}", root_cause(&error)),
        };
        let response = client
            .post(actual(address))
            .basic_auth(&self.client_id, Some(&self.client_secret))
            .header(reqwest::header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(self.form())
            .send()
            .await
            .map_err(unreachable)?;
        if !response.status().is_success() {
            let (status, retry_after) = (response.status().as_u16(), retry_after(response.headers()));
            let what = format!("no token {}", body::excerpt(response).await).trim_end().to_owned();
            return Err(PollError::Status { address: address.to_owned(), status, what, retry_after });
        }
        let answer = body::read(address, response, MOST_ANSWER).await?;
        let issued: Issued = serde_json::from_slice(&answer.bytes).map_err(|error| PollError::Malformed {
            address: address.to_owned(),
            what: format!("no token of RFC 6749: {error}"),
        })?;
        let until = Instant::now() + Duration::from_secs(issued.expires_in).saturating_sub(SPARE);
        *current = Some((issued.access_token.clone(), until));
        Ok(issued.access_token)
    }
}
