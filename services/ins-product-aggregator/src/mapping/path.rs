//! A path within an item: JSONPath (RFC 9535) from the item, from what it stands in, or the name that it has there.

use std::ops::Range;

use serde_json::Value;
use serde_json_path::{JsonPath, PathElement};
use toml::Spanned;

use super::items::Item;
use super::reading::{Matched, Noted, Reading};
use super::{Fault, MappingError};

/// An item with what it stands in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'v> {
    value: &'v Value,
    /// In the object that holds it.
    name: Option<&'v str>,
    parent: Option<&'v Node<'v>>,
}

impl<'v> Node<'v> {
    /// An item of a document.
    pub(super) fn root(item: &'v Item) -> Self {
        Self { value: &item.value, name: item.name.as_deref(), parent: None }
    }

    /// An item of another document, which belongs to this one.
    pub(super) fn joined(&'v self, item: &'v Item) -> Self {
        Self { parent: Some(self), ..Self::root(item) }
    }
}

/// A path within an item.
#[derive(Debug)]
pub(super) struct Path {
    /// How many steps outwards before it begins.
    outwards: usize,
    /// None for the name of the item.
    json: Option<JsonPath>,
    text: String,
    at: Range<usize>,
    must_match: bool,
}

impl Path {
    /// A path from items that stand in so many others.
    pub(super) fn new(text: &str, at: Range<usize>, must_match: bool, depth: usize) -> Result<Self, MappingError> {
        let wrong = |fault| MappingError { at: at.clone(), fault };
        let inner = text.trim_start_matches('^');
        let outwards = text.len() - inner.len();
        if outwards > depth {
            return Err(wrong(Fault::NothingAround { path: text.to_owned() }));
        }
        let json = match inner {
            "~" => None,
            _ => {
                let whole = if outwards > 0 { format!("${inner}") } else { inner.to_owned() };
                let broken = |reason: String| wrong(Fault::NoPath { path: text.to_owned(), reason });
                Some(JsonPath::parse(&whole).map_err(|error| broken(error.to_string()))?)
            }
        };
        Ok(Self { outwards, json, text: text.to_owned(), at, must_match })
    }

    /// A path to items.
    pub(super) fn to_items(text: &Spanned<String>) -> Result<Self, MappingError> {
        Self::new(text.get_ref(), text.span(), true, 0)
    }

    /// The items there; those of a list that stands in place of one item count each.
    pub(super) fn items<'v>(&self, matched: &mut Matched, around: &'v Node<'v>) -> Vec<Node<'v>> {
        let mut found = Vec::new();
        for located in self.json.iter().flat_map(|json| json.query_located(around.value).all()) {
            let node = |value, name| Node { value, name, parent: Some(around) };
            match (located.node(), located.location().last()) {
                (Value::Null, _) => {}
                (Value::Array(values), _) => found.extend(values.iter().map(|value| node(value, None))),
                (value, Some(PathElement::Name(name))) => found.push(node(value, Some(*name))),
                (value, _) => found.push(node(value, None)),
            }
        }
        if !found.is_empty() {
            matched.note(&self.at);
        }
        found
    }

    pub(super) fn text(
        &self, reading: &mut Reading<'_>, field: &'static str, item: &Node<'_>,
    ) -> Result<Option<String>, Noted> {
        Ok(self.found(reading, field, item)?.map(|found| found.text))
    }

    /// The first value there.
    pub(super) fn found(
        &self, reading: &mut Reading<'_>, field: &'static str, item: &Node<'_>,
    ) -> Result<Option<Found>, Noted> {
        let from = (0..self.outwards).try_fold(item, |node, _| node.parent);
        let Some(from) = from else { return Ok(None) };
        let Some(json) = &self.json else {
            if from.name.is_some() {
                reading.notes.matched.note(&self.at);
            }
            return Ok(from.name.map(|name| Found { text: name.to_owned(), number: false }));
        };
        let values = json.query(from.value);
        let first = values.iter().find_map(|value| match value {
            Value::Array(values) => values.first(),
            Value::Null => None,
            other => Some(*other),
        });
        let Some(first) = first else { return Ok(None) };
        reading.notes.matched.note(&self.at);
        let text = match first {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(value) => value.to_string(),
            // An XML element with attributes keeps its text beside them.
            Value::Object(element) if element.get("#text").is_some_and(Value::is_string) => {
                element["#text"].as_str().unwrap_or_default().trim().to_owned()
            }
            Value::Bool(value) => value.to_string(),
            other => return Err(reading.wrong(field, format!("{other} is neither text nor a number"))),
        };
        Ok((!text.is_empty()).then_some(Found { text, number: first.is_number() }))
    }

    pub(super) fn unmatched(&self, matched: &Matched) -> Option<MappingError> {
        (self.must_match && !matched.has(&self.at))
            .then(|| MappingError { at: self.at.clone(), fault: Fault::MatchesNothing { path: self.text.clone() } })
    }
}

/// What stands at a path.
pub(super) struct Found {
    pub(super) text: String,
    /// It is a number of its document, with that one's decimal mark.
    pub(super) number: bool,
}
