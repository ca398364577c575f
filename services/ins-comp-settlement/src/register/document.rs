//! A register as a document, in JSON or XML: a list of items, and what it says of itself beside them.

use std::borrow::Cow;
use std::io::Read;

use super::config::{Field, RegisterConfig};
use super::encoding::Decoded;
use super::error::{ConfigError, Fault, RegisterError};
use super::expect::{At, INSURER, PERIOD, Period, Said, cut};
use super::fields::{Cell, Fields};
use super::line::Unreadable;
use super::path::Path;
use super::reason::Reason;
use super::rules::Rules;
use super::summary::Summary;
use super::tally::{Each, Tally};

/// Where everything is.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    pub(super) items: Path,
    /// Within an item. A field with several paths is where the first of them finds something.
    pub(super) slots: Vec<(Field, Path)>,
    /// Outside of the items.
    pub(super) watched: Vec<(Role, Path)>,
}

/// What something outside of the items is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Insurer,
    Period,
    Sum(Field),
    Lines,
}

/// What a path finds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Value<'a> {
    /// Nothing at all.
    #[default]
    Absent,
    /// A name without a value.
    Empty,
    Text(Cow<'a, str>),
    /// A number as it is written.
    Literal(&'a str),
    /// Something that is no value.
    Wrong(Reason),
}

impl Value<'_> {
    pub(super) const TWICE: Self = Self::Wrong(Reason::Twice);
    pub(super) const NESTED: Self = Self::Wrong(Reason::Nested);
}

/// As many as the bits in which they are kept.
pub(super) const MOST_PATHS: usize = 64;

impl Paths {
    pub(super) fn new(config: &RegisterConfig, items: &str, rules: &Rules) -> Result<Self, ConfigError> {
        let mut slots = Vec::new();
        for field in Field::ALL {
            for name in &rules.names[field as usize] {
                slots.push((field, Path::from_item(name, &format!("columns.{}", field.key()))?));
            }
        }
        let said = [(Role::Insurer, &rules.expect.insurer), (Role::Period, &rules.expect.period)];
        let mut watched: Vec<(Role, Path)> = Vec::new();
        for (role, said) in said {
            watched.extend(said.as_ref().map_or(&[][..], paths_of).iter().map(|path| (role, path.clone())));
        }
        if let Some(totals) = &config.totals {
            if totals.word.is_some() || totals.pattern.is_some() || totals.column.is_some() {
                let what = "has a word, which JSON and XML do not have; write the paths of the sums";
                return Err(ConfigError::new("totals", what));
            }
            let sums = [
                (Role::Sum(Field::Premium), &totals.premium, "totals.premium"),
                (Role::Sum(Field::Commission), &totals.commission, "totals.commission"),
                (Role::Sum(Field::Refund), &totals.refund, "totals.refund"),
                (Role::Lines, &totals.lines, "totals.lines"),
            ];
            for (role, path, key) in sums {
                if let Some(path) = path {
                    watched.push((role, Path::from_root(path, key)?));
                }
            }
        }
        if slots.len() > MOST_PATHS || watched.len() > MOST_PATHS {
            return Err(ConfigError::new("columns", format!("has more than {MOST_PATHS} paths")));
        }
        Ok(Self { items: Path::from_root(items, "format.items")?, slots, watched })
    }
}

fn paths_of(said: &Said) -> &[Path] {
    match &said.at {
        At::Path(paths) => paths,
        At::Title | At::Cell(..) => &[],
    }
}

/// A document that is being read.
pub(super) struct Document<'a> {
    rules: &'a Rules,
    pub(super) paths: &'a Paths,
    asked: Option<Period>,
    fields: Fields<'a>,
    pub(super) tally: Tally<'a>,
    pub(super) period: Option<Period>,
    number: u64,
    /// Whether the list of items is there.
    pub(super) found: bool,
    /// Fields that some item has.
    seen: u64,
    /// What the document said of itself.
    said: Vec<Option<Sum>>,
    /// Texts of what stands in several places.
    parts: Vec<Option<String>>,
}

#[derive(Clone, Copy, Debug)]
enum Sum {
    Checked,
    Amount(rust_decimal::Decimal),
    Lines(u64),
}

impl<'a> Document<'a> {
    pub(super) fn new(rules: &'a Rules, paths: &'a Paths, asked: Option<Period>, each: Each<'a>) -> Self {
        Self {
            rules,
            paths,
            asked,
            fields: Fields::new(rules),
            tally: Tally::new(each),
            period: None,
            number: 0,
            found: false,
            seen: 0,
            said: vec![None; paths.watched.len()],
            parts: vec![None; paths.watched.len()],
        }
    }

    /// The next item: what each path found.
    pub(super) fn item(&mut self, values: &[Value<'_>], text: &dyn Fn() -> String) -> Result<(), RegisterError> {
        self.found = true;
        self.number += 1;
        for (at, value) in values.iter().enumerate() {
            self.seen |= u64::from(*value != Value::Absent) << at;
        }
        let cell = |field: Field| self.cell(field, values);
        let cells = Field::ALL.map(cell);
        let line = self.fields.line(self.number, |field| cells[field as usize].clone()).map_err(|wrong| {
            let named = |(field, what): (Field, Reason)| (self.name(field).to_owned(), what);
            let wrong = wrong.into_iter().map(named).collect();
            Unreadable { number: self.number, sheet: None, wrong, text: cut(&text()) }
        });
        self.tally.take(line)
    }

    /// An item that has no names in it.
    pub(super) fn no_item(&mut self, text: &str) -> Result<(), RegisterError> {
        self.number += 1;
        let wrong = vec![(self.paths.items.text.clone(), Reason::NoTable)];
        self.tally.take(Err(Unreadable { number: self.number, sheet: None, wrong, text: cut(text) }))
    }

    fn cell<'v>(&self, field: Field, values: &'v [Value<'_>]) -> Cell<'v> {
        let mut of_field = values.iter().zip(&self.paths.slots).filter(|(_, (slot, _))| *slot == field).map(|(v, _)| v);
        match of_field.find(|value| **value != Value::Absent) {
            Some(Value::Text(text)) => Cell::Text(text),
            Some(Value::Literal(text)) => Cell::Literal(text),
            Some(Value::Wrong(what)) => Cell::Wrong(what.clone()),
            Some(Value::Empty) => Cell::Empty,
            // The register has the field, and this item does not: that is an empty one.
            _ if !self.rules.optional[field as usize] && !self.rules.names[field as usize].is_empty() => Cell::Empty,
            _ => Cell::Absent,
        }
    }

    fn name(&self, field: Field) -> &str {
        self.rules.names[field as usize].first().map_or(field.key(), String::as_str)
    }

    /// What stands at a watched path.
    pub(super) fn say(&mut self, watched: usize, value: &Value<'_>) -> Result<(), RegisterError> {
        let (role, path) = &self.paths.watched[watched];
        let misplaced = |error: RegisterError| error.in_column(path.text.clone());
        let (text, cell) = match value {
            Value::Absent | Value::Empty => return Ok(()),
            Value::Text(text) => (text.trim(), Cell::Text(text)),
            Value::Literal(text) => (*text, Cell::Literal(text)),
            Value::Wrong(what) => return Err(misplaced(RegisterError::malformed(what.to_string()))),
        };
        let said = match role {
            Role::Insurer | Role::Period => {
                self.parts[watched] = Some(text.to_owned());
                match (role, self.together(*role)) {
                    (Role::Insurer, Some(whole)) => self.rules.expect.check_insurer(&whole).map_err(misplaced)?,
                    (_, Some(whole)) => {
                        let period = self.rules.expect.check_period(&whole, &self.rules.dates, self.asked);
                        self.period = period.map_err(misplaced)?;
                    }
                    (_, None) => {}
                }
                Sum::Checked
            }
            Role::Sum(_) => match self.fields.sum(&cell) {
                Ok(Some(amount)) => Sum::Amount(amount),
                Ok(None) => return Ok(()),
                Err(what) => return Err(misplaced(RegisterError::malformed(what.to_string()))),
            },
            Role::Lines => match text.parse() {
                Ok(lines) => Sum::Lines(lines),
                Err(_) => {
                    return Err(misplaced(RegisterError::malformed(format!("{text:?} is not a number of lines"))));
                }
            },
        };
        self.said[watched] = Some(said);
        Ok(())
    }

    /// What stands in all places of this role, once it is known of each.
    fn together(&self, role: Role) -> Option<String> {
        let places = self.paths.watched.iter().zip(&self.parts).filter(|((of, _), _)| *of == role);
        let texts: Option<Vec<&str>> = places.map(|(_, text)| text.as_deref()).collect();
        texts.map(|texts| texts.join(" "))
    }

    /// What is known at the end of the document, and of the text that it was read from.
    pub(super) fn finish(mut self, text: Decoded<impl Read>) -> Result<Summary, RegisterError> {
        self.end()?;
        let encoding = text.encoding().name();
        let (sha256, bytes) = text.finish()?;
        let summary = Summary::new(sha256, bytes, self.tally);
        Ok(Summary { encoding: Some(encoding), period: self.period, ..summary })
    }

    fn end(&mut self) -> Result<(), RegisterError> {
        if !self.found {
            return Err(Fault::NoItems { path: self.paths.items.text.clone() }.into());
        }
        let missing = |field: &Field| {
            let mut slots = self.paths.slots.iter().enumerate().filter(|(_, (slot, _))| slot == field).peekable();
            !self.rules.optional[*field as usize]
                && slots.peek().is_some()
                && slots.all(|(at, _)| self.seen & (1 << at) == 0)
        };
        let missing: Vec<Field> = Field::ALL.into_iter().filter(|field| self.number > 0 && missing(field)).collect();
        if !missing.is_empty() {
            let missing = missing.iter().map(|&field| self.rules.names[field as usize].join(" / "));
            return Err(Fault::MissingField { missing: missing.collect::<Vec<_>>().join(", ") }.into());
        }
        let (mut sums, mut lines) = (Vec::new(), None);
        for ((role, path), said) in self.paths.watched.iter().zip(&self.said) {
            let silent = |(what, key)| Fault::Silent { what, place: format!("at {}", path.text), key };
            match (role, said) {
                (Role::Insurer, None) => return Err(silent(INSURER).into()),
                (Role::Period, None) => return Err(silent(PERIOD).into()),
                (Role::Sum(field), Some(Sum::Amount(amount))) => sums.push((*field, path.text.clone(), *amount)),
                (Role::Lines, Some(Sum::Lines(said))) => lines = Some((path.text.as_str(), *said)),
                _ => {}
            }
        }
        if !sums.is_empty() {
            self.tally.check(None, &sums);
        }
        if let Some((path, said)) = lines {
            self.tally.check_lines(path, said);
        }
        Ok(())
    }
}
