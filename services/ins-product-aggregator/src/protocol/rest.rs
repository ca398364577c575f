//! REST with JSON: pages, an index that leads to documents, further documents with tariffs.

use std::borrow::Cow;
use std::collections::BTreeMap;

use polis_actors::poller::{PollError, Polled, Polling, Source, Validators};
use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;
use url::Url;

use super::ask::Ask;
use super::auth::AuthConfig;
use super::http::{Document, Http};
use super::round::Round;
use crate::insurer::Origin;
use crate::mapping::items::{ItemPath, json};
use crate::mapping::{Building, Fault, Mapper, MappingError};
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
    /// JSON that is posted to `url`, an object; without it the products are got.
    pub post: Option<Spanned<String>>,
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
        /// Parameter of the query; of what is posted, a member or a JSON pointer (RFC 6901) to one.
        parameter: Spanned<String>,
        /// Names from the root of the answer.
        next: Spanned<String>,
    },
    /// Pages have numbers; one without products is behind the last.
    Number {
        /// As that of a cursor.
        parameter: Spanned<String>,
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
    first: Ask,
    index: Option<ItemPath>,
    pages: Option<Pages>,
    documents: BTreeMap<String, Url>,
}

const ACCEPT: &str = "application/json";

impl Rest {
    /// A client for one insurer.
    ///
    /// # Errors
    /// A key that cannot be used.
    pub fn new(config: &RestConfig, http: Http, mapper: Mapper, origin: &Origin) -> Result<Self, MappingError> {
        let first = first(config)?;
        let room = |parameter: &Spanned<String>| {
            let wrong = |what| MappingError { at: parameter.span(), fault: Fault::Unusable { what } };
            first.with(parameter.get_ref(), Value::Null).map_err(wrong).map(|_| parameter.get_ref().clone())
        };
        let pages = match &config.pages {
            None => None,
            Some(PagesConfig::Link) => Some(Pages::Link),
            Some(PagesConfig::Number { parameter, first }) => {
                Some(Pages::Number { parameter: room(parameter)?, first: *first })
            }
            Some(PagesConfig::Cursor { parameter, next }) => {
                Some(Pages::Cursor { parameter: room(parameter)?, next: ItemPath::new(next, origin)? })
            }
        };
        let index = config.index.as_ref().map(|index| ItemPath::new(index, origin)).transpose()?;
        Ok(Self { http, mapper, first, index, pages, documents: config.documents.clone() })
    }

    /// The catalogue, and the last page where pages are linked.
    async fn whole(&self, round: &mut Round<'_>) -> Result<(Catalogue, Option<Ask>), PollError> {
        let mut building = self.mapper.begin(self.http.limits.items);
        for (name, items) in self.mapper.joined() {
            let Some(url) = self.documents.get(name) else { continue };
            let document = round.document(&Ask::get(url.as_str())).await?;
            let text = text(url.as_str(), &document)?;
            json(url.as_str(), &text, items, &mut |item| building.join(name, url.as_str(), &item))?;
        }
        let first = self.first.address();
        let mut last = self.first.clone();
        match &self.index {
            None => last = self.pages(&self.first, round, &mut building).await?,
            Some(index) => {
                let document = round.document(&self.first).await?;
                let text = text(first, &document)?;
                for address in texts(first, &text, index)? {
                    last = self.pages(&Ask::get(address), round, &mut building).await?;
                }
            }
        }
        let linked = matches!(self.pages, Some(Pages::Link)).then_some(last);
        Ok((building.finish(first)?, linked))
    }

    /// A document and the pages behind it; answers the last one.
    async fn pages(&self, first: &Ask, round: &mut Round<'_>, building: &mut Building<'_>) -> Result<Ask, PollError> {
        let mut number = 0;
        let mut page = first.clone();
        if let Some(Pages::Number { parameter, first: number_of_first }) = &self.pages {
            number = *number_of_first;
            page = with(first, parameter, number.into())?;
        }
        loop {
            let address = page.address();
            let document = round.document(&page).await?;
            let text = text(address, &document)?;
            let mut count = 0;
            json(address, &text, &self.mapper.products, &mut |item| {
                count += 1;
                building.item(address, &item)
            })?;
            let next = match &self.pages {
                None => None,
                Some(Pages::Link) => {
                    let next = document.next.map(|next| page.at(&next));
                    next.transpose().map_err(|what| malformed(address, what))?
                }
                Some(Pages::Number { .. }) if count == 0 => None,
                Some(Pages::Number { parameter, .. }) => {
                    number += 1;
                    Some(with(first, parameter, number.into())?)
                }
                Some(Pages::Cursor { parameter, next }) => {
                    cursor(address, &text, next)?.map(|cursor| with(first, parameter, cursor)).transpose()?
                }
            };
            match next {
                Some(next) if next != page => page = next,
                Some(_) => return Err(malformed(address, "the next page is this page")),
                None => return Ok(page),
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
            Ok(Polled::Whole { content, validators: round.validators(last_linked.as_ref()) })
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
fn cursor(address: &str, text: &str, path: &ItemPath) -> Result<Option<Value>, PollError> {
    let mut next = None;
    let read = json(address, text, path, &mut |item| {
        next = match item.value {
            Value::String(text) if text.is_empty() => None,
            value @ (Value::String(_) | Value::Number(_)) => Some(value),
            _ => None,
        };
        Ok(())
    });
    // The document has been read once already: all that can be wrong is that there is no cursor.
    read.map_or(Ok(None), |()| Ok(next))
}

fn with(first: &Ask, parameter: &str, value: Value) -> Result<Ask, PollError> {
    first.with(parameter, value).map_err(|what| malformed(first.address(), what))
}

/// What the products, or the index, are asked for with.
fn first(config: &RestConfig) -> Result<Ask, MappingError> {
    let Some(post) = &config.post else { return Ok(Ask::get(config.url.as_str())) };
    let wrong = |what| MappingError { at: post.span(), fault: Fault::Unusable { what } };
    match serde_json::from_str(post.get_ref()) {
        Ok(json @ Value::Object(_)) => Ok(Ask::post(config.url.as_str(), &json)),
        Ok(_) => Err(wrong("is JSON, but not an object".to_owned())),
        Err(error) => Err(wrong(format!("is not JSON: {error}"))),
    }
}
