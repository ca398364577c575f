//! Fetching a register from the address of its insurer. What comes is not believed to be what it says it is: only its bytes count.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use polis_actors::config::{Rebase, Source as Environment};
use polis_actors::runtime::root_cause;
use reqwest::header::{CONTENT_DISPOSITION, HeaderMap};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use thiserror::Error;

use super::arriving::{Arriving, Received, Source, plain_name};
use super::error::IntakeError;
use super::meter;
use super::receive::{Intake, Then};
use super::spool::{Spool, Spooled};
use crate::insurers::{BadSecret, Insurer};
use crate::register::Period;

/// Why a register is not fetched.
#[derive(Debug, Error)]
pub enum FetchError {
    /// Nobody says from where.
    #[error("the file of {0} has no [pull], which says where registers are fetched; send the register instead")]
    NowhereToFetch(String),
    /// We cannot say who we are.
    #[error(transparent)]
    Secret(#[from] BadSecret),
    /// Nobody answers.
    #[error("{address} cannot be reached: {cause}; check url of [pull], or try later")]
    Unreachable {
        /// Where.
        address: String,
        /// Why not.
        cause: String,
    },
    /// The answer is that there is nothing.
    #[error("{status} from {address}{said}; {todo}")]
    Status {
        /// The code, and what it means.
        status: StatusCode,
        /// Where.
        address: String,
        /// What was said with it.
        said: String,
        /// What to do.
        todo: &'static str,
    },
    /// It takes too long.
    #[error("{address} did not give all of it within {} seconds; raise deadline of [pull], or try later", deadline.as_secs())]
    Deadline {
        /// Where.
        address: String,
        /// How long was waited.
        deadline: Duration,
    },
}

impl FetchError {
    /// Whether the same can succeed later without anybody mending something.
    pub(super) fn is_passing(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Status { .. } | Self::Deadline { .. })
    }
}

const CONNECT: Duration = Duration::from_secs(10);
/// Redirections that are followed.
const MOST_HOPS: usize = 5;

/// Asks insurers for registers.
#[derive(Clone)]
pub(super) struct Fetcher {
    client: Client,
    rebase: Rebase,
    environment: Arc<BTreeMap<String, String>>,
}

impl Fetcher {
    pub(super) fn new(rebase: &Rebase) -> Result<Self, reqwest::Error> {
        // Installed already when another part of the process needed it first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Our secrets are for one host: whoever leads us to another one does not get them.
        let redirect = Policy::custom(|attempt| {
            let first = attempt.previous().first().map(|url| (url.scheme(), url.host_str(), url.port()));
            let next = (attempt.url().scheme(), attempt.url().host_str(), attempt.url().port());
            if first == Some(next) && attempt.previous().len() <= MOST_HOPS { attempt.follow() } else { attempt.stop() }
        });
        let client = Client::builder().connect_timeout(CONNECT).redirect(redirect).user_agent("polis-settlement");
        let environment = Arc::new(Environment::process_environment());
        Ok(Self { client: client.build()?, rebase: rebase.clone(), environment })
    }

    /// The register of these days: its name, and its file.
    pub(super) async fn fetch(
        &self, insurer: &Insurer, period: Period, spool: &Spool,
    ) -> Result<(String, Spooled), IntakeError> {
        let pull = insurer.pull.as_ref().ok_or_else(|| FetchError::NowhereToFetch(insurer.id.clone()))?;
        let address = pull.address(period);
        let request = pull.request(&self.client, &self.rebase.apply(&address), &self.environment);
        let request = request.map_err(FetchError::from)?;
        let name = format!("{}-{}-{}", insurer.id, period.from, period.to);
        let fetching = async {
            let unreachable = |error: reqwest::Error| FetchError::Unreachable {
                address: address.clone(),
                cause: root_cause(&error.without_url()),
            };
            let response = request.send().await.map_err(unreachable)?;
            if response.status() != StatusCode::OK {
                return Err(status(address.clone(), response).await.into());
            }
            let name = called(response.headers()).map_or(name.clone(), |called| plain_name(&called, &name));
            spool.admit(&name, response.content_length())?;
            let file = spool.take(&name, Box::pin(response.bytes_stream())).await?;
            Ok((name, file))
        };
        match tokio::time::timeout(pull.deadline, fetching).await {
            Ok(fetched) => fetched,
            Err(_) => Err(FetchError::Deadline { address: address.clone(), deadline: pull.deadline }.into()),
        }
    }
}

impl Intake {
    /// Fetches the register of these days and takes it.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn pull(&self, insurer: &str, period: Period, by: &str) -> Result<Received, IntakeError> {
        self.pull_and(insurer, period, by, Then::Nothing).await
    }

    pub(super) async fn pull_and(
        &self, insurer: &str, period: Period, by: &str, then: Then<'_>,
    ) -> Result<Received, IntakeError> {
        let taking = async {
            let mut arriving = Arriving {
                insurer: insurer.to_owned(),
                from: period.from,
                to: period.to,
                name: String::new(),
                source: Source::Pull,
                by: by.to_owned(),
            };
            let described = self.admit(&arriving).await?;
            let (name, file) = self.fetcher.fetch(&described, period, &self.spool).await?;
            arriving.name = name;
            self.store(&arriving, &file, then).await
        };
        meter::counted(insurer, Source::Pull, taking).await
    }
}

async fn status(address: String, response: Response) -> FetchError {
    let status = response.status();
    let todo = match status.as_u16() {
        _ if status.is_redirection() => "it leads elsewhere: check url of [pull]",
        401 | 403 => "check auth and headers of [pull]",
        404 | 410 => "check url of [pull]; perhaps the register of these days is not there yet",
        429 | 500.. => "the insurer cannot answer at present; try later",
        _ => "check [pull]",
    };
    FetchError::Status { status, address, said: excerpt(response).await, todo }
}

/// As much of an answer as a person reads.
const EXCERPT: usize = 200;
/// No more of it is looked at.
const MOST_EXCERPT: usize = 4 << 10;

/// The beginning of what is said with an error; nothing of a web page.
async fn excerpt(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < MOST_EXCERPT {
        // What does not come is not shown.
        let Ok(Some(chunk)) = response.chunk().await else { break };
        bytes.extend_from_slice(&chunk);
    }
    let text = String::from_utf8_lossy(&bytes);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() || line.starts_with('<') {
        return String::new();
    }
    format!(": {}", line.chars().take(EXCERPT).collect::<String>())
}

/// What the insurer calls the file (RFC 6266).
fn called(headers: &HeaderMap) -> Option<String> {
    let disposition = headers.get(CONTENT_DISPOSITION)?.to_str().ok()?;
    let name = disposition.split(';').find_map(|part| part.trim().strip_prefix("filename="))?;
    Some(name.trim().trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_what_the_insurer_calls_it() {
        let of = |text: &str| called(&HeaderMap::from_iter([(CONTENT_DISPOSITION, text.parse().unwrap())]));
        assert_eq!(of("attachment; filename=\"r 1.csv\"").as_deref(), Some("r 1.csv"));
        assert_eq!(of("attachment; filename=r.csv; size=1").as_deref(), Some("r.csv"));
        assert_eq!(of("inline"), None);
        assert_eq!(called(&HeaderMap::new()), None);
    }
}
