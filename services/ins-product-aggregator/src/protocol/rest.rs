//! REST with JSON: conditional requests (RFC 9110, section 13) for every document, an index that leads to others.

use std::collections::BTreeMap;
use std::time::Duration;

use polis_actors::poller::{PollError, Polled, Source};
use reqwest::header::{ACCEPT, ETAG, IF_NONE_MATCH};
use reqwest::{Client, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::Mutex;
use url::Url;

use super::body;
use super::mapping::{Mapper, Mapping, MappingError};
use crate::config::Rebase;
use crate::offer::{Catalogue, check};

/// How a REST insurer is called.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestConfig {
    /// Address of the first document.
    pub url: Url,
    /// Most bytes of one document.
    #[serde(default = "default_most_bytes")]
    pub most_bytes: usize,
    /// Where the parts of a product are found.
    pub mapping: Mapping,
}

fn default_most_bytes() -> usize {
    16 << 20
}

/// Most documents an index may lead to.
const MOST_DOCUMENTS: usize = 200;

/// A REST insurer.
pub struct Rest {
    client: Client,
    config: RestConfig,
    rebase: Option<Rebase>,
    mapper: Mapper,
    /// Documents of an index with their tags: one may come back as not modified while another one has changed.
    kept: Mutex<BTreeMap<String, (String, Value)>>,
}

enum Document {
    NotModified,
    Fresh { value: Value, etag: Option<String> },
}

impl Rest {
    /// A client for one insurer.
    ///
    /// # Errors
    /// When a path of the mapping does not parse.
    pub fn new(client: Client, config: RestConfig, rebase: Option<Rebase>) -> Result<Self, MappingError> {
        let mapper = Mapper::new(&config.mapping)?;
        Ok(Self { client, config, rebase, mapper, kept: Mutex::default() })
    }

    /// The HTTP client that all insurers share.
    ///
    /// # Errors
    /// When the TLS provider cannot be set up.
    pub fn client() -> Result<Client, reqwest::Error> {
        // Installed already when another part of the process needed it first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Client::builder().connect_timeout(Duration::from_secs(3)).user_agent("polis-aggregator").build()
    }

    fn actual(&self, address: &str) -> String {
        match &self.rebase {
            Some(rebase) => match address.strip_prefix(&rebase.from) {
                Some(rest) => format!("{}{rest}", rebase.to),
                None => address.to_owned(),
            },
            None => address.to_owned(),
        }
    }

    async fn fetch(&self, address: &str, etag: Option<&String>) -> Result<Document, PollError> {
        let mut request = self.client.get(self.actual(address)).header(ACCEPT, "application/json");
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let response = request
            .send()
            .await
            .map_err(|error| PollError::Unreachable { address: address.to_owned(), cause: body::cause(&error) })?;
        match response.status() {
            StatusCode::NOT_MODIFIED => return Ok(Document::NotModified),
            StatusCode::OK => {}
            other => return Err(PollError::Status { address: address.to_owned(), status: other.as_u16() }),
        }
        let etag = response.headers().get(ETAG).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let text = body::text(address, response, self.config.most_bytes).await?;
        let value = serde_json::from_str(&text).map_err(|error| PollError::Malformed {
            address: address.to_owned(),
            what: format!("not JSON: {error}"),
        })?;
        Ok(Document::Fresh { value, etag })
    }

    /// A document, none when it has not changed and is not needed. A tag is only used together with the document it
    /// belongs to, unless the document stands alone.
    async fn document(&self, address: &str, round: &mut Round<'_>) -> Result<Option<Value>, PollError> {
        let known = round.etags.get(address);
        let kept = self.kept.lock().await.get(address).cloned();
        let kept = kept.filter(|(etag, _)| Some(etag) == known);
        let alone = self.config.mapping.documents.is_none();
        let etag = known.filter(|_| alone || kept.is_some());
        match (self.fetch(address, etag).await?, etag) {
            (Document::Fresh { value, etag }, _) => {
                if let Some(etag) = etag {
                    round.fresh.insert(address.to_owned(), (etag, (!alone).then(|| value.clone())));
                }
                round.changed = true;
                Ok(Some(value))
            }
            (Document::NotModified, Some(etag)) => {
                let value = kept.map(|(_, value)| value);
                round.fresh.insert(address.to_owned(), (etag.clone(), value.clone()));
                Ok(value)
            }
            (Document::NotModified, None) => {
                let what = "not modified, though nothing was asked for conditionally".to_owned();
                Err(PollError::Malformed { address: address.to_owned(), what })
            }
        }
    }

    async fn offers(&self, round: &mut Round<'_>) -> Result<Catalogue, PollError> {
        let first = self.config.url.as_str();
        let Some(document) = self.document(first, round).await? else { return Ok(Catalogue::new()) };
        let Some(addresses) = self.mapper.documents(first, &document)? else {
            return self.mapper.offers(first, &document);
        };
        if addresses.len() > MOST_DOCUMENTS {
            let what = format!("the index names {} documents, {MOST_DOCUMENTS} are allowed", addresses.len());
            return Err(PollError::Malformed { address: first.to_owned(), what });
        }
        let mut offers = Catalogue::new();
        for address in addresses {
            if let Some(document) = self.document(&address, round).await? {
                offers.extend(self.mapper.offers(&address, &document)?);
            }
        }
        Ok(offers)
    }
}

/// One poll: what was known before, what came.
struct Round<'a> {
    etags: &'a BTreeMap<String, String>,
    fresh: BTreeMap<String, (String, Option<Value>)>,
    changed: bool,
}

impl Source for Rest {
    type Content = Catalogue;

    fn protocol(&self) -> &'static str {
        "rest-json"
    }

    async fn poll(&self, etags: &BTreeMap<String, String>) -> Result<Polled<Catalogue>, PollError> {
        let mut round = Round { etags, fresh: BTreeMap::new(), changed: false };
        let offers = self.offers(&mut round).await?;
        if !round.changed {
            return Ok(Polled::NotModified);
        }
        check(self.config.url.as_str(), &offers)?;
        let mut kept = self.kept.lock().await;
        kept.clear();
        let mut etags = BTreeMap::new();
        for (address, (etag, value)) in round.fresh {
            etags.insert(address.clone(), etag.clone());
            if let Some(value) = value {
                kept.insert(address, (etag, value));
            }
        }
        Ok(Polled::Whole { content: offers, etags })
    }
}
