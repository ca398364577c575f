//! A register in JSON (RFC 8259), read from a stream: one item is held, as the text it is, so that a number is the
//! decimal that is written and not the binary fraction nearest to it.

use std::cell::Cell;
use std::fmt;
use std::io::{BufReader, Read};
use std::rc::Rc;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::document::{Document, Paths};
use super::encoding::Decoded;
use super::error::RegisterError;
use super::expect::Period;
use super::json_item::{item, value};
use super::rules::Rules;
use super::summary::Summary;
use super::tally::Each;

/// What the parser takes at once.
const BLOCK: usize = 16 << 10;

/// Reads a register in JSON.
pub(super) fn read<R: Read>(
    mut text: Decoded<R>, paths: &Paths, rules: &Rules, asked: Option<Period>, each: Each<'_>,
) -> Result<Summary, RegisterError> {
    let mut walk =
        Walk { document: Document::new(rules, paths, asked, each), refused: None, since_item: text.since_item() };
    let mut parser = serde_json::Deserializer::from_reader(BufReader::with_capacity(BLOCK, &mut text));
    let root = Descend { walk: &mut walk, depth: 0, towards: Towards::root(paths) };
    let done = root.deserialize(&mut parser).and_then(|()| parser.end());
    drop(parser);
    if let Err(error) = done {
        // What refused the text or an item says more than the parser that was stopped by it.
        return Err(text.refused().or(walk.refused).unwrap_or_else(|| {
            let (line, column) = (error.line() as u64, error.column());
            RegisterError::malformed(format!("this is not JSON: {error}"))
                .on_line(line)
                .in_column(format!("at {column}"))
        }));
    }
    walk.document.finish(text)
}

struct Walk<'a> {
    document: Document<'a>,
    /// Why an item was refused: the parser's own error type has no room for it.
    refused: Option<RegisterError>,
    since_item: Rc<Cell<usize>>,
}

impl Walk<'_> {
    fn keep<E: Error>(&mut self, done: Result<(), RegisterError>) -> Result<(), E> {
        done.map_err(|error| {
            self.refused = Some(error);
            E::custom("refused")
        })
    }
}

/// Where the names so far can still lead.
#[derive(Clone, Copy, Debug)]
struct Towards {
    items: bool,
    /// Paths outside of the items, a bit each.
    watched: u64,
}

impl Towards {
    fn root(paths: &Paths) -> Self {
        Self { items: true, watched: u64::MAX >> (64 - paths.watched.len().max(1)) }
    }

    fn nowhere(self) -> bool {
        !self.items && self.watched == 0
    }
}

/// Goes down to the items.
struct Descend<'w, 'a> {
    walk: &'w mut Walk<'a>,
    depth: usize,
    towards: Towards,
}

impl Descend<'_, '_> {
    fn at_items(&self) -> bool {
        self.towards.items && self.depth == self.walk.document.paths.items.names.len()
    }

    /// Where a name leads from here, and which watched paths end at it.
    fn step(&self, name: &str) -> (Towards, u64) {
        let paths = self.walk.document.paths;
        let items = self.towards.items && paths.items.names.get(self.depth).is_some_and(|next| next == name);
        let (mut watched, mut ends) = (0, 0);
        for (at, (_, path)) in paths.watched.iter().enumerate() {
            let here =
                self.towards.watched & (1 << at) != 0 && path.names.get(self.depth).is_some_and(|next| next == name);
            let end = self.depth + 1 == path.names.len();
            watched |= u64::from(here && !end) << at;
            ends |= u64::from(here && end) << at;
        }
        (Towards { items, watched }, ends)
    }
}

impl<'de> DeserializeSeed<'de> for Descend<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Descend<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        if self.at_items() {
            let what = format!("{} is a table, and a list was expected", self.walk.document.paths.items.text);
            return self.walk.keep(Err(RegisterError::malformed(what)));
        }
        while let Some((towards, ends)) = map.next_key_seed(Step(&self))? {
            if ends != 0 {
                let raw: Box<RawValue> = map.next_value()?;
                let value = value(&raw);
                for at in (0..64).filter(|at| ends & (1 << at) != 0) {
                    let said = self.walk.document.say(at, &value);
                    self.walk.keep(said)?;
                }
            } else if towards.nowhere() {
                map.next_value::<IgnoredAny>()?;
            } else {
                map.next_value_seed(Descend { walk: &mut *self.walk, depth: self.depth + 1, towards })?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if !self.at_items() {
            let (depth, towards) = (self.depth, self.towards);
            while list.next_element_seed(Descend { walk: &mut *self.walk, depth, towards })?.is_some() {}
            return Ok(());
        }
        self.walk.document.found = true;
        while let Some(raw) = list.next_element::<Box<RawValue>>()? {
            self.walk.since_item.set(0);
            let done = match item(raw.get(), &self.walk.document.paths.slots) {
                Some(values) => self.walk.document.item(&values, &|| raw.get().to_owned()),
                None => self.walk.document.no_item(raw.get()),
            };
            self.walk.keep(done)?;
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

/// A name, compared where it stands.
struct Step<'s, 'w, 'a>(&'s Descend<'w, 'a>);

impl<'de> DeserializeSeed<'de> for Step<'_, '_, '_> {
    type Value = (Towards, u64);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Step<'_, '_, '_> {
    type Value = (Towards, u64);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.step(name))
    }
}
