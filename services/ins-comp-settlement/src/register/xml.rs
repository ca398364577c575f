//! A register in XML, read from a stream. Names are local names, whatever prefix they have. Nothing reaches outside or
//! blows up: a document type declaration and any entity but the five that XML has are refused.

use std::io::Read;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::document::{Document, Paths, Value};
use super::encoding::Decoded;
use super::error::{Fault, RegisterError};
use super::expect::Period;
use super::rules::Rules;
use super::summary::Summary;
use super::tally::Each;
use super::xml_follow::Follow;

/// Reads a register in XML: one item is held, as what its paths found.
pub(super) fn read<R: Read>(
    mut text: Decoded<R>, paths: &Paths, rules: &Rules, asked: Option<Period>, each: Each<'_>,
) -> Result<Summary, RegisterError> {
    let (newlines, since_item) = (text.newlines(), text.since_item());
    let mut reader = Reader::from_reader(&mut text);
    reader.config_mut().expand_empty_elements = true;
    let mut walk = Walk {
        document: Document::new(rules, paths, asked, each),
        slots: paths.slots.iter().map(|(_, path)| Follow::new(path)).collect(),
        watched: paths.watched.iter().map(|(_, path)| Follow::new(path)).collect(),
        depth: 0,
        matched: 0,
        item: None,
        most_depth: rules.bounds.depth,
    };
    let mut buffer = Vec::new();
    let done = loop {
        buffer.clear();
        let done = match reader.read_event_into(&mut buffer) {
            Err(error) => Err(RegisterError::malformed(format!("this is not XML: {error}"))),
            Ok(Event::Eof) if walk.depth > 0 => {
                Err(RegisterError::malformed("the document ends inside of an element".to_owned()))
            }
            Ok(Event::Eof) => break Ok(()),
            Ok(event) => walk.event(&event),
        };
        match done {
            Ok(true) => since_item.set(0),
            Ok(false) => {}
            Err(error) => break Err(error.on_line(newlines.get() + 1)),
        }
    };
    drop(reader);
    if let Err(error) = done {
        return Err(text.refused().unwrap_or(error));
    }
    walk.document.finish(text)
}

struct Walk<'a> {
    document: Document<'a>,
    slots: Vec<Follow>,
    watched: Vec<Follow>,
    /// Elements that are open.
    depth: usize,
    /// How many names of the path to the items they match.
    matched: usize,
    /// How deep the item stands that is being read.
    item: Option<usize>,
    most_depth: usize,
}

impl Walk<'_> {
    /// True when an item was finished.
    fn event(&mut self, event: &Event<'_>) -> Result<bool, RegisterError> {
        match event {
            Event::Start(start) => self.start(start)?,
            Event::End(_) => return self.end(),
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(text) => self.text(&text.xml10_content()),
            Event::GeneralRef(reference) => {
                let broken = |error: quick_xml::Error| RegisterError::malformed(format!("this is not XML: {error}"));
                let name: &str = reference;
                match (
                    reference.resolve_char_ref().map_err(broken)?,
                    quick_xml::escape::resolve_predefined_entity(name),
                ) {
                    (Some(letter), _) => self.text(letter.encode_utf8(&mut [0; 4])),
                    (None, Some(known)) => self.text(known),
                    (None, None) => return Err(Fault::Unsafe { what: format!("the entity &{name};") }.into()),
                }
            }
            Event::DocType(_) => return Err(Fault::Unsafe { what: "a document type declaration".to_owned() }.into()),
            Event::Eof | Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
        Ok(false)
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), RegisterError> {
        if self.depth >= self.most_depth {
            let what = format!("elements more than {} deep (bounds.depth)", self.most_depth);
            return Err(Fault::Unsafe { what }.into());
        }
        let local = start.local_name();
        let name = local.into_inner();
        self.depth += 1;
        if let Some(item) = self.item {
            return follow(&mut self.slots, self.depth - item, name, start);
        }
        let items = &self.document.paths.items.names;
        if self.matched + 1 == self.depth && items.get(self.matched).is_some_and(|next| next == name) {
            self.matched += 1;
            // The parent that is there without items is an answer too.
            self.document.found |= self.matched + 1 >= items.len();
            if self.matched == items.len() {
                self.item = Some(self.depth);
                self.slots.iter_mut().for_each(Follow::begin);
                return follow(&mut self.slots, 0, name, start);
            }
        }
        follow(&mut self.watched, self.depth, name, start)?;
        for (at, follow) in self.watched.iter().enumerate() {
            if follow.has_attribute(self.depth) {
                self.document.say(at, &follow.value())?;
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        let (follows, depth) = match self.item {
            Some(item) => (&mut self.slots, self.depth - item),
            None => (&mut self.watched, self.depth),
        };
        follows.iter_mut().for_each(|follow| follow.text(depth, text));
    }

    fn end(&mut self) -> Result<bool, RegisterError> {
        self.depth -= 1;
        match self.item {
            Some(item) if self.depth + 1 == item => {
                self.item = None;
                self.matched = self.matched.min(self.depth);
                let values: Vec<Value<'_>> = self.slots.iter().map(Follow::value).collect();
                let slots = &self.document.paths.slots;
                let text = || {
                    let found = slots.iter().zip(&self.slots).filter(|(_, follow)| follow.value() != Value::Absent);
                    found
                        .map(|((_, path), follow)| format!("{}={}", path.text, follow.shown()))
                        .collect::<Vec<_>>()
                        .join("; ")
                };
                self.document.item(&values, &text)?;
                return Ok(true);
            }
            Some(item) => {
                let depth = self.depth - item;
                self.slots.iter_mut().for_each(|follow| follow.end(depth));
            }
            None => {
                self.matched = self.matched.min(self.depth);
                for at in 0..self.watched.len() {
                    if self.watched[at].is_open(self.depth + 1) {
                        self.document.say(at, &self.watched[at].value())?;
                    }
                    self.watched[at].end(self.depth);
                }
            }
        }
        Ok(false)
    }
}

fn follow(follows: &mut [Follow], depth: usize, name: &str, start: &BytesStart<'_>) -> Result<(), RegisterError> {
    let mut attributes = false;
    for follow in follows.iter_mut() {
        attributes |= follow.start(depth, name);
    }
    if !attributes {
        return Ok(());
    }
    // Comparing every attribute with every other one would take for ever on an element that has a hundred thousand.
    for attribute in start.attributes().with_checks(false) {
        let broken = |error: String| RegisterError::malformed(format!("this is not XML: {error}"));
        let attribute = attribute.map_err(|error| broken(error.to_string()))?;
        let local = attribute.key.local_name();
        let name = local.into_inner();
        for follow in follows.iter_mut().filter(|follow| follow.wants(depth, name)) {
            let value =
                attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| broken(error.to_string()))?;
            follow.attribute(&value);
        }
    }
    Ok(())
}
