//! REST with JSON: pages, an index that leads to documents, further documents with tariffs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use polis_actors::poller::{PollError, Polled, Polling, Source, Validators};
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;
use url::Url;

use super::auth::AuthConfig;
use super::http::{Document, Http};
use super::round::Round;
use crate::mapping::items::{ItemPath, json};
use crate::mapping::{Building, Mapper, MappingError};
use crate::offer::Catalogue;

/// How a REST insurer is called.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestConfig {
    /// Address of the products, or of the index.
    pub url: Url,
    /// Who we are.
    pub auth: Option<AuthConfig>,
    /// The first document is an index: names from its root to the addresses of those with the products.
    pub index: Option<Spanned<String>>,
    /// The products come in pages.
    pub pages: Option<PagesConfig>,
    /// Further documents, for `document` in a tariff of the mapping.
    #[serde(default)]
    pub documents: BTreeMap<String, Url>,
}

/// How pages follow each other.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum PagesConfig {
    /// The answer names where to go on; without that it is the last page.
    Cursor {
        /// Parameter of the request.
        parameter: String,
        /// Names from the root of the answer.
        next: Spanned<String>,
    },
    /// Pages have numbers; one without products is behind the last.
    Number {
        /// Parameter of the request.
        parameter: String,
        /// Number of the first page.
        first: u64,
    },
    /// The header `Link` names the next page (RFC 8288).
    Link,
}

enum Pages {
    Cursor { parameter: String, next: ItemPath },
    Number { parameter: String, first: u64 },
    Link,
}

/// A REST insurer.
pub struct Rest {
    http: Http,
    mapper: Mapper,
    url: Url,
    index: Option<ItemPath>,
    pages: Option<Pages>,
    documents: BTreeMap<String, Url>,
}

const ACCEPT: &str = "application/json";

impl Rest {
    /// A client for one insurer.
    ///
    /// # Errors
    /// A path that cannot be used.
    pub fn new(config: &RestConfig, http: Http, mapper: Mapper) -> Result<Self, MappingError> {
        let pages = match &config.pages {
            None => None,
            Some(PagesConfig::Link) => Some(Pages::Link),
            Some(PagesConfig::Number { parameter, first }) => {
                Some(Pages::Number { parameter: parameter.clone(), first: *first })
            }
            Some(PagesConfig::Cursor { parameter, next }) => {
                Some(Pages::Cursor { parameter: parameter.clone(), next: ItemPath::new(next)? })
            }
        };
        let index = config.index.as_ref().map(ItemPath::new).transpose()?;
        Ok(Self { http, mapper, url: config.url.clone(), index, pages, documents: config.documents.clone() })
    }

    /// The catalogue, and the last page where pages are linked.
    async fn whole(&self, round: &mut Round<'_>) -> Result<(Catalogue, Option<String>), PollError> {
        let mut building = self.mapper.begin(self.http.limits.items);
        for (name, items) in self.mapper.joined() {
            let Some(url) = self.documents.get(name) else { continue };
            let document = round.document(url.as_str()).await?;
            let text = text(url.as_str(), &document)?;
            json(url.as_str(), &text, items, &mut |item| building.join(name, url.as_str(), &item))?;
        }
        let first = self.url.as_str();
        let mut last = first.to_owned();
        match &self.index {
            None => last = self.pages(first, round, &mut building).await?,
            Some(index) => {
                let document = round.document(first).await?;
                let text = text(first, &document)?;
                for address in texts(first, &text, index)? {
                    last = self.pages(&address, round, &mut building).await?;
                }
            }
        }
        let linked = matches!(self.pages, Some(Pages::Link)).then_some(last);
        Ok((building.finish(first)?, linked))
    }

    /// A document and the pages behind it; answers the last one.
    async fn pages(
        &self, first: &str, round: &mut Round<'_>, building: &mut Building<'_>,
    ) -> Result<String, PollError> {
        let mut number = 0;
        let mut address = first.to_owned();
        if let Some(Pages::Number { parameter, first: number_of_first }) = &self.pages {
            number = *number_of_first;
            address = with(first, parameter, &number.to_string())?;
        }
        loop {
            let document = round.document(&address).await?;
            let text = text(&address, &document)?;
            let mut count = 0;
            json(&address, &text, &self.mapper.products, &mut |item| {
                count += 1;
                building.item(&address, &item)
            })?;
            let next = match &self.pages {
                None => None,
                Some(Pages::Link) => document.next.map(|next| absolute(&address, &next)).transpose()?,
                Some(Pages::Number { .. }) if count == 0 => None,
                Some(Pages::Number { parameter, .. }) => {
                    number += 1;
                    Some(with(first, parameter, &number.to_string())?)
                }
                Some(Pages::Cursor { parameter, next }) => {
                    cursor(&address, &text, next)?.map(|cursor| with(first, parameter, &cursor)).transpose()?
                }
            };
            match next {
                Some(next) if next != address => address = next,
                Some(_) => return Err(malformed(&address, "the next page is this page")),
                None => return Ok(address),
            }
        }
    }
}

impl Source for Rest {
    type Content = Catalogue;

    fn protocol(&self) -> &'static str {
        "rest-json"
    }

    fn poll<'a>(&'a self, validators: &'a Validators) -> Polling<'a, Catalogue> {
        Box::pin(async move {
            let Some(mut round) = Round::begin(&self.http, ACCEPT, validators).await? else {
                return Ok(Polled::NotModified);
            };
            let (content, last_linked) = self.whole(&mut round).await?;
            Ok(Polled::Whole { content, validators: round.validators(last_linked.as_deref()) })
        })
    }
}

fn malformed(address: &str, what: impl Into<String>) -> PollError {
    PollError::Malformed { address: address.to_owned(), what: what.into() }
}

fn text<'d>(address: &str, document: &'d Document) -> Result<Cow<'d, str>, PollError> {
    document.body.text(address, None)
}

fn texts(address: &str, text: &str, path: &ItemPath) -> Result<Vec<String>, PollError> {
    let mut found = Vec::new();
    json(address, text, path, &mut |item| {
        let Value::String(item) = item.value else {
            return Err(malformed(address, format!("{path} is not a list of texts")));
        };
        found.push(item);
        Ok(())
    })?;
    if found.is_empty() { Err(malformed(address, "the index names no documents")) } else { Ok(found) }
}

/// Where to go on. Absent, null and empty all mean that there is nothing more.
fn cursor(address: &str, text: &str, path: &ItemPath) -> Result<Option<String>, PollError> {
    let mut next = None;
    let read = json(address, text, path, &mut |item| {
        next = match item.value {
            Value::String(text) if !text.is_empty() => Some(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        Ok(())
    });
    // The document has been read once already: all that can be wrong is that there is no cursor.
    read.map_or(Ok(None), |()| Ok(next))
}

fn with(address: &str, parameter: &str, value: &str) -> Result<String, PollError> {
    let mut url = Url::parse(address).map_err(|error| malformed(address, error.to_string()))?;
    url.query_pairs_mut().append_pair(parameter, value);
    Ok(url.into())
}

fn absolute(base: &str, target: &str) -> Result<String, PollError> {
    let url = Url::parse(base).and_then(|base| base.join(target));
    url.map(Into::into).map_err(|error| malformed(base, format!("next page {target:?}: {error}")))
}
