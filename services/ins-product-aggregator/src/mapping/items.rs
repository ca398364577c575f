//! Taking a document apart: the items at a path, one at a time, so that a large catalogue is never held whole.

use std::fmt;

use polis_actors::poller::PollError;
use serde::Deserializer;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize as _, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::{Fault, MappingError};

/// Names from the root of a document to its items. Lists on the way are gone through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ItemPath {
    pub(crate) names: Vec<String>,
    text: String,
}

impl ItemPath {
    pub(crate) fn new(text: &toml::Spanned<String>) -> Result<Self, MappingError> {
        let written = text.get_ref();
        Self::parse(written)
            .ok_or_else(|| MappingError { at: text.span(), fault: Fault::NoItemPath { path: written.clone() } })
    }

    /// These names.
    pub(crate) fn of(names: &[&str]) -> Self {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        Self { text: format!("$.{}", names.join(".")), names }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim().strip_prefix('$')?;
        let mut names = Vec::new();
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix("[*]") {
                rest = after;
            } else if let Some(quoted) = rest.strip_prefix("['") {
                let (name, after) = quoted.split_once("']")?;
                names.push(name.to_owned());
                rest = after;
            } else {
                let plain = rest.strip_prefix('.')?;
                let end = plain.find(['.', '[']).unwrap_or(plain.len());
                let (name, after) = plain.split_at(end);
                if name.is_empty() || name == "*" {
                    return None;
                }
                names.push(name.to_owned());
                rest = after;
            }
        }
        Some(Self { names, text: text.to_owned() })
    }
}

impl fmt::Display for ItemPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Takes one item.
pub(crate) type Each<'a> = &'a mut dyn FnMut(Value) -> Result<(), PollError>;

/// The items of a JSON document (RFC 8259).
pub(crate) fn json(address: &str, text: &str, path: &ItemPath, each: Each<'_>) -> Result<(), PollError> {
    let malformed = |what: String| PollError::Malformed { address: address.to_owned(), what };
    let (mut found, mut refused) = (false, None);
    let mut source = serde_json::Deserializer::from_str(text);
    let descend = Descend { names: &path.names, each, found: &mut found, refused: &mut refused };
    let read = descend.deserialize(&mut source).and_then(|()| source.end());
    if let Some(error) = refused {
        return Err(error);
    }
    read.map_err(|error| malformed(format!("not JSON: {error}")))?;
    if found { Ok(()) } else { Err(malformed(format!("has no {path}"))) }
}

struct Descend<'a> {
    names: &'a [String],
    each: Each<'a>,
    found: &'a mut bool,
    /// Why an item was refused: the parser's own error type has no room for it.
    refused: &'a mut Option<PollError>,
}

impl Descend<'_> {
    fn below<'b>(&'b mut self, names: &'b [String]) -> Descend<'b> {
        Descend { names, each: &mut *self.each, found: &mut *self.found, refused: &mut *self.refused }
    }

    fn take<E: serde::de::Error>(&mut self, item: Value) -> Result<(), E> {
        *self.found = true;
        (self.each)(item).map_err(|error| {
            *self.refused = Some(error);
            E::custom("refused")
        })
    }

    fn scalar<E: serde::de::Error>(mut self, value: impl Into<Value>) -> Result<(), E> {
        if self.names.is_empty() { self.take(value.into()) } else { Ok(()) }
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
        let Some((name, names)) = self.names.split_first() else {
            let item = Value::deserialize(MapAccessDeserializer::new(map))?;
            return self.take(item);
        };
        while let Some(key) = map.next_key::<std::borrow::Cow<'_, str>>()? {
            if key == name.as_str() {
                map.next_value_seed(self.below(names))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        // A list that is there and empty is an answer too.
        *self.found |= self.names.is_empty();
        let names = self.names;
        while seq.next_element_seed(self.below(names))?.is_some() {}
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
