//! Taking a document apart: the items at a path, one at a time, so that a large catalogue is never held whole.

use std::fmt;

use polis_actors::poller::PollError;
use serde::Deserializer;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize as _, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{Fault, MappingError};
use crate::insurer::Origin;

/// An item of a document.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Item {
    /// Its name, where it stands in an object of items.
    pub(crate) name: Option<String>,
    pub(crate) value: Value,
}

impl<V: Into<Value>> From<V> for Item {
    fn from(value: V) -> Self {
        Self { name: None, value: value.into() }
    }
}

/// A step on the way to items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Name(String),
    /// Every member of an object.
    Any,
}

impl Step {
    pub(crate) fn takes(&self, name: &str) -> bool {
        match self {
            Self::Name(own) => own == name,
            Self::Any => true,
        }
    }
}

/// Steps from the root of a document to its items. Lists on the way are gone through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ItemPath {
    pub(crate) steps: Vec<Step>,
    text: String,
    /// Where it is written, for errors; none when no file says it.
    place: Option<String>,
}

impl ItemPath {
    pub(crate) fn new(text: &toml::Spanned<String>, origin: &Origin) -> Result<Self, MappingError> {
        let written = text.get_ref();
        let wrong = || MappingError { at: text.span(), fault: Fault::NoItemPath { path: written.clone() } };
        Ok(Self { place: Some(origin.place(&text.span())), ..Self::parse(written).ok_or_else(wrong)? })
    }

    /// These names.
    pub(crate) fn of(names: &[&str]) -> Self {
        let steps = names.iter().map(|&name| Step::Name(name.to_owned())).collect();
        Self { text: format!("$.{}", names.join(".")), steps, place: None }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim().strip_prefix('$')?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("[*]") {
                rest = after;
            } else if let Some(quoted) = rest.strip_prefix("['") {
                let (name, after) = quoted.split_once("']")?;
                steps.push(Step::Name(name.to_owned()));
                rest = after;
            } else {
                let plain = rest.strip_prefix('.')?;
                let end = plain.find(['.', '[']).unwrap_or(plain.len());
                let (name, after) = plain.split_at(end);
                match name {
                    "" => return None,
                    "*" => steps.push(Step::Any),
                    name => steps.push(Step::Name(name.to_owned())),
                }
                rest = after;
            }
        }
        Some(Self { steps, text: text.to_owned(), place: None })
    }

    /// What is wrong with a document that does not have it.
    pub(crate) fn missing(&self) -> String {
        let place = self.place.as_ref().map(|place| format!(" ({place})"));
        format!("has no {}{}", self.text, place.unwrap_or_default())
    }
}

impl fmt::Display for ItemPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Takes one item.
pub(crate) type Each<'a> = &'a mut dyn FnMut(Item) -> Result<(), PollError>;

/// The items of a JSON document (RFC 8259).
pub(crate) fn json(address: &str, text: &str, path: &ItemPath, each: Each<'_>) -> Result<(), PollError> {
    let malformed = |what: String| PollError::Malformed { address: address.to_owned(), what };
    let (mut found, mut refused) = (false, None);
    let mut source = serde_json::Deserializer::from_str(text);
    let descend = Descend { steps: &path.steps, name: None, each, found: &mut found, refused: &mut refused };
    let read = descend.deserialize(&mut source).and_then(|()| source.end());
    if let Some(error) = refused {
        return Err(error);
    }
    read.map_err(|error| malformed(format!("not JSON: {error}")))?;
    if found { Ok(()) } else { Err(malformed(path.missing())) }
}

struct Descend<'a> {
    steps: &'a [Step],
    /// Of the member that this is, where any was asked for.
    name: Option<String>,
    each: Each<'a>,
    found: &'a mut bool,
    /// Why an item was refused: the parser's own error type has no room for it.
    refused: &'a mut Option<PollError>,
}

impl Descend<'_> {
    fn below<'b>(&'b mut self, steps: &'b [Step], name: Option<String>) -> Descend<'b> {
        Descend { steps, name, each: &mut *self.each, found: &mut *self.found, refused: &mut *self.refused }
    }

    fn take<E: serde::de::Error>(&mut self, value: Value) -> Result<(), E> {
        *self.found = true;
        (self.each)(Item { name: self.name.take(), value }).map_err(|error| {
            *self.refused = Some(error);
            E::custom("refused")
        })
    }

    fn scalar<E: serde::de::Error>(mut self, value: impl Into<Value>) -> Result<(), E> {
        if self.steps.is_empty() { self.take(value.into()) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Descend<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Descend<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let Some((step, steps)) = self.steps.split_first() else {
            let item = Value::deserialize(MapAccessDeserializer::new(map))?;
            return self.take(item);
        };
        // An object that is there and empty is an answer too.
        *self.found |= *step == Step::Any && steps.is_empty();
        while let Some(key) = map.next_key::<std::borrow::Cow<'_, str>>()? {
            if step.takes(&key) {
                let name = (*step == Step::Any).then(|| key.into_owned());
                map.next_value_seed(self.below(steps, name))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        // A list that is there and empty is an answer too.
        *self.found |= self.steps.is_empty();
        let (steps, name) = (self.steps, self.name.take());
        while seq.next_element_seed(self.below(steps, name.clone()))?.is_some() {}
        Ok(())
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.scalar(value)
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.scalar(value)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.scalar(value)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.scalar(value)
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.scalar(value)
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Ok(())
    }
}
