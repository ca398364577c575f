//! The file of an insurer as a text, for errors that point into it.

use toml::de::{DeTable, DeValue};

use super::error::InsurersError;

/// A file and its text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'f> {
    pub(super) file: &'f str,
    pub(super) text: &'f str,
}

impl Origin<'_> {
    /// A key that cannot be what it is: `insurers/ural.toml:12: register.totals.word`.
    pub(super) fn key(&self, key: &str, what: impl Into<String>) -> InsurersError {
        InsurersError::Key { place: self.place(key), what: in_one_line(&what.into()) }
    }

    /// File, line and key.
    pub(super) fn place(&self, key: &str) -> String {
        format!("{}:{}: {key}", self.file, self.line(self.find(key)))
    }

    /// What the parser says, with the line and what stands there.
    pub(super) fn syntax(&self, error: &toml::de::Error) -> InsurersError {
        let number = self.line(error.span().map_or(0, |span| span.start));
        let stands = self.text.lines().nth(number - 1).unwrap_or_default().trim();
        let place = format!("{}:{number}", self.file);
        InsurersError::Key { place, what: format!("{} in {stands:?}", in_one_line(error.message())) }
    }

    fn line(&self, at: usize) -> usize {
        self.text.as_bytes()[..at.min(self.text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
    }

    /// Where a key stands, or as much of the way to it as there is.
    fn find(&self, key: &str) -> usize {
        let Ok(document) = DeTable::parse(self.text) else { return 0 };
        let (mut at, mut table) = (0, document.get_ref());
        for name in key.split(['.', '[']) {
            let Some((name, value)) = table.get_key_value(name) else { break };
            at = name.span().start;
            let DeValue::Table(inner) = value.get_ref() else { break };
            table = inner;
        }
        at
    }
}

/// What libraries say with a picture of it in several lines.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_as_far_as_it_is_there() {
        let text = "a = 1\n[b]\nc = { d = 2,\n  e = 3 }\nf = [\n 1,\n]\n";
        let origin = Origin { file: "x.toml", text };
        for (key, line) in [("a", 1), ("b", 2), ("b.c", 3), ("b.c.e", 4), ("b.f[0]", 5), ("b.g.h", 2), ("z", 1)] {
            assert_eq!(origin.place(key), format!("x.toml:{line}: {key}"));
        }
        assert_eq!(Origin { file: "x", text: "" }.place("a"), "x:1: a");
    }
}
