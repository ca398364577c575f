//! Following one path through the elements of a document.

use std::borrow::Cow;

use super::document::Value;
use super::path::Path;

/// A path, how far the open elements match it, and what it found.
#[derive(Debug)]
pub(super) struct Follow {
    names: Vec<String>,
    matched: usize,
    text: String,
    times: usize,
    /// There are elements where the text should be.
    nested: bool,
}

impl Follow {
    pub(super) fn new(path: &Path) -> Self {
        Self { names: path.names.clone(), matched: 0, text: String::new(), times: 0, nested: false }
    }

    /// Forgets what was found.
    pub(super) fn begin(&mut self) {
        self.matched = 0;
        self.times = 0;
        self.nested = false;
        self.text.clear();
    }

    /// An element begins, so deep below the start of the path. True when an attribute of it may be what is looked for.
    pub(super) fn start(&mut self, depth: usize, name: &str) -> bool {
        if depth > 0 {
            if self.matched + 1 == depth && self.names.get(self.matched).is_some_and(|next| next == name) {
                self.matched = depth;
                if depth == self.names.len() {
                    self.times += 1;
                }
            } else if self.matched + 1 == depth && self.matched == self.names.len() {
                self.nested = true;
            }
        }
        self.matched == depth && self.names.len() == depth + 1 && self.names[depth].starts_with('@')
    }

    pub(super) fn wants(&self, depth: usize, attribute: &str) -> bool {
        self.matched == depth
            && self.names.len() == depth + 1
            && self.names[depth].strip_prefix('@').is_some_and(|name| name == attribute)
    }

    pub(super) fn attribute(&mut self, value: &str) {
        self.times += 1;
        self.text.push_str(value);
    }

    pub(super) fn text(&mut self, depth: usize, text: &str) {
        if self.is_open(depth) {
            self.text.push_str(text);
        }
    }

    /// Whether the element that is looked for is the innermost one.
    pub(super) fn is_open(&self, depth: usize) -> bool {
        depth > 0 && self.matched == depth && self.names.len() == depth
    }

    /// Whether it is an attribute of the innermost element, and there.
    pub(super) fn has_attribute(&self, depth: usize) -> bool {
        self.times > 0
            && self.matched == depth
            && self.names.len() == depth + 1
            && self.names.last().is_some_and(|name| name.starts_with('@'))
    }

    /// An element ends; so many are left open.
    pub(super) fn end(&mut self, depth: usize) {
        self.matched = self.matched.min(depth);
    }

    pub(super) fn value(&self) -> Value<'_> {
        match self.times {
            0 => Value::Absent,
            1 if self.nested => Value::NESTED,
            1 if self.text.trim().is_empty() => Value::Empty,
            1 => Value::Text(Cow::Borrowed(self.text.trim())),
            _ => Value::TWICE,
        }
    }

    pub(super) fn shown(&self) -> &str {
        self.text.trim()
    }
}
