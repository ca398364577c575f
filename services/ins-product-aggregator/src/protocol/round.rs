//! One poll over several documents: first whether any of them has changed, and only then all of them. Nothing is kept
//! between polls but validators, so that a thousand insurers cost what their catalogues cost while they are read.

use std::collections::{BTreeMap, HashMap};

use polis_actors::poller::{PollError, Polled, Validators};

use super::ask::Ask;
use super::body::Body;
use super::http::{Document, Http};
use crate::mapping::{Building, Mapper};
use crate::offer::Catalogue;

/// A poll of an insurer whose whole catalogue is one document, taken apart by `read`.
pub(crate) async fn one_document(
    http: &Http, mapper: &Mapper, address: &str, accept: &'static str, known: &Validators,
    read: impl FnOnce(&Body, &mut Building<'_>) -> Result<(), PollError>,
) -> Result<Polled<Catalogue>, PollError> {
    let Some(mut round) = Round::begin(http, accept, known).await? else { return Ok(Polled::NotModified) };
    let document = round.document(&Ask::get(address)).await?;
    let mut building = mapper.begin(http.limits.items);
    read(&document.body, &mut building)?;
    Ok(Polled::Whole { content: building.finish(address)?, validators: round.validators(None) })
}

/// A poll that fetches everything.
pub(crate) struct Round<'a> {
    http: &'a Http,
    accept: &'static str,
    /// Fetched already while looking whether anything has changed.
    early: HashMap<String, Document>,
    validators: Validators,
    documents: usize,
}

/// Most documents of one poll.
const MOST_DOCUMENTS: usize = 500;

impl<'a> Round<'a> {
    /// None when no document has changed since the last poll: the insurer says so, or sends the same again.
    pub(crate) async fn begin(
        http: &'a Http, accept: &'static str, known: &Validators,
    ) -> Result<Option<Self>, PollError> {
        let (mut early, mut kept) = (HashMap::new(), 0);
        let mut changed = known.is_empty();
        for (key, validator) in known {
            if let Some(document) = http.ask_if_changed(&Ask::from_key(key), accept, validator).await? {
                changed = document.validator.digest != validator.digest;
                // What does not fit is asked for again, should another document have changed.
                kept += document.body.bytes.len();
                if kept <= http.limits.body_bytes || changed {
                    early.insert(key.clone(), document);
                }
            }
            if changed {
                break;
            }
        }
        Ok(changed.then(|| Self { http, accept, early, validators: BTreeMap::new(), documents: 0 }))
    }

    /// A document.
    pub(crate) async fn document(&mut self, ask: &Ask) -> Result<Document, PollError> {
        self.documents += 1;
        if self.documents > MOST_DOCUMENTS {
            let what = format!("leads to more than the {MOST_DOCUMENTS} documents allowed");
            return Err(PollError::Malformed { address: ask.address().to_owned(), what });
        }
        let key = ask.key();
        let document = match self.early.remove(&key) {
            Some(document) => document,
            None => self.http.ask(ask, self.accept).await?,
        };
        self.validators.insert(key, document.validator.clone());
        Ok(document)
    }

    /// What to send next time. The last of linked pages says nothing about pages to come in its body: it is always read, and
    /// its link compared.
    pub(crate) fn validators(mut self, last_linked: Option<&Ask>) -> Validators {
        if let Some(last) = last_linked.and_then(|last| self.validators.get_mut(&last.key())) {
            (last.etag, last.last_modified) = (None, None);
        }
        self.validators
    }
}
