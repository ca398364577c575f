//! One field of an insurer, found and converted. What matches is noted per answer: a path that matches nothing in a whole
//! catalogue is a mistake in the mapping or another contract of the insurer, whatever it found in the answer before.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::config::{Amount, Day, DecimalMark, Key, Short, Text, Unit};
use super::path::{Node, Path};
use super::reading::{Matched, Noted, Reading};
use super::{Fault, MappingError};
use crate::offer::day;

/// What a selector of any kind can do.
pub(super) trait Selector {
    /// The mistake in the mapping, if nothing was found in the whole answer.
    fn unmatched(&self, matched: &Matched) -> Option<MappingError>;
}

/// Finds a text.
#[derive(Debug)]
pub(super) struct Texts {
    path: Option<Path>,
    value: Option<String>,
    codes: BTreeMap<String, String>,
    default: Option<String>,
}

impl Texts {
    pub(super) fn new(key: &Key<Text>, depth: usize) -> Result<Self, MappingError> {
        let Short(text) = key.get_ref();
        let wrong = |fault| MappingError { at: key.span(), fault };
        match (&text.path, &text.value) {
            (None, None) => return Err(wrong(Fault::NeitherPathNorValue)),
            (Some(_), Some(_)) => return Err(wrong(Fault::PathAndValue)),
            _ => {}
        }
        let must_match = !text.optional && text.default.is_none();
        let path = text.path.as_deref().map(|path| Path::new(path, key.span(), must_match, depth)).transpose()?;
        Ok(Self { path, value: text.value.clone(), codes: text.codes.clone(), default: text.default.clone() })
    }

    pub(super) fn find(
        &self, reading: &mut Reading<'_>, field: &'static str, item: &Node<'_>,
    ) -> Result<Option<String>, Noted> {
        let Some(path) = &self.path else { return Ok(self.value.clone()) };
        let Some(found) = path.text(reading, field, item)? else { return Ok(self.default.clone()) };
        if self.codes.is_empty() {
            return Ok(Some(found));
        }
        match self.codes.get(&found).or(self.default.as_ref()) {
            Some(ours) => Ok(Some(ours.clone())),
            None => Err(reading.wrong(field, format!("{found:?} is not in the code table of the mapping"))),
        }
    }

    /// What it can answer whatever an item holds.
    pub(super) fn ours(&self) -> impl Iterator<Item = &str> {
        self.value.iter().chain(self.default.iter()).chain(self.codes.values()).map(String::as_str)
    }

    pub(super) fn required(
        &self, reading: &mut Reading<'_>, field: &'static str, item: &Node<'_>,
    ) -> Result<String, Noted> {
        let found = self.find(reading, field, item)?;
        reading.required(field, found)
    }
}

impl Selector for Texts {
    fn unmatched(&self, matched: &Matched) -> Option<MappingError> {
        self.path.as_ref().and_then(|path| path.unmatched(matched))
    }
}

/// Finds an amount of money.
#[derive(Debug)]
pub(super) struct Amounts {
    path: Path,
    decimal: DecimalMark,
    unit: Unit,
}

impl Amounts {
    pub(super) fn new(key: &Key<Amount>, depth: usize) -> Result<Self, MappingError> {
        let Short(amount) = key.get_ref();
        Ok(Self { path: Path::new(&amount.path, key.span(), true, depth)?, decimal: amount.decimal, unit: amount.unit })
    }

    /// The amount with a decimal point and without separators, and what it counts.
    pub(super) fn find(&self, reading: &mut Reading<'_>, item: &Node<'_>) -> Result<Option<(String, Unit)>, Noted> {
        let Some(found) = self.path.found(reading, "premium", item)? else { return Ok(None) };
        if found.number {
            return Ok(Some((found.text, self.unit)));
        }
        let text: String = found.text.chars().filter(|c| !c.is_whitespace() && *c != '\u{27}').collect();
        let (mark, group) = match self.decimal {
            DecimalMark::Point => ('.', ','),
            DecimalMark::Comma => (',', '.'),
        };
        let (whole, fraction) = text.split_once(mark).map_or((text.as_str(), None), |(w, f)| (w, Some(f)));
        if !grouped_by_three(whole, group) || fraction.is_some_and(|fraction| fraction.contains([mark, group])) {
            let what = format!("{text:?} is not an amount with the decimal mark {mark:?}");
            return Err(reading.wrong("premium", what));
        }
        let whole: String = whole.chars().filter(|c| *c != group).collect();
        let plain = fraction.map_or_else(|| whole.clone(), |fraction| format!("{whole}.{fraction}"));
        Ok(Some((plain, self.unit)))
    }
}

/// 1.234 with a decimal comma is one thousand, but 1.23 is a mistake that must not become a hundred and twenty-three.
fn grouped_by_three(whole: &str, group: char) -> bool {
    whole.split(group).skip(1).all(|digits| digits.len() == 3)
}

impl Selector for Amounts {
    fn unmatched(&self, matched: &Matched) -> Option<MappingError> {
        self.path.unmatched(matched)
    }
}

/// Finds a date.
#[derive(Debug)]
pub(super) struct Days {
    path: Path,
    format: Option<String>,
    zone: Option<TimeZone>,
}

impl Days {
    pub(super) fn new(key: &Key<Day>, depth: usize) -> Result<Self, MappingError> {
        let Short(day) = key.get_ref();
        let wrong = |fault| MappingError { at: key.span(), fault };
        let zone = day
            .time_zone
            .as_deref()
            .map(|name| TimeZone::get(name).map_err(|_| wrong(Fault::NoTimeZone { name: name.to_owned() })));
        if let Some(format) = &day.format {
            let sample = Date::constant(2026, 1, 31);
            let written = jiff::fmt::strtime::format(format, sample).map_err(|error| error.to_string());
            let read = written.and_then(|text| Date::strptime(format, text).map_err(|error| error.to_string()));
            if zone.is_none() && read.as_ref() != Ok(&sample) {
                return Err(wrong(Fault::NoDateFormat { format: format.clone() }));
            }
        }
        let path = Path::new(&day.path, key.span(), !day.optional, depth)?;
        Ok(Self { path, format: day.format.clone(), zone: zone.transpose()? })
    }

    pub(super) fn find(
        &self, reading: &mut Reading<'_>, field: &'static str, item: &Node<'_>,
    ) -> Result<Option<Date>, Noted> {
        let Some(text) = self.path.text(reading, field, item)? else { return Ok(None) };
        let read = match (&self.format, &self.zone) {
            (None, None) => day(&text),
            (None, Some(zone)) => instant(&text, zone),
            (Some(format), None) => Date::strptime(format, &text).ok(),
            (Some(format), Some(zone)) => {
                let parsed = jiff::fmt::strtime::parse(format, &text).ok();
                let at = parsed.as_ref().and_then(|parsed| parsed.to_timestamp().ok());
                at.map(|at| at.to_zoned(zone.clone()).date()).or_else(|| parsed.and_then(|p| p.to_date().ok()))
            }
        };
        let what = || match (&self.format, &self.zone) {
            (Some(format), _) => format!("is not a date; expected {format}"),
            (None, Some(_)) => "is not a date; expected an instant of ISO 8601".to_owned(),
            (None, None) if is_instant(&text) => "is an instant; say time_zone, so that its day is known".to_owned(),
            (None, None) => "is not a date; expected 2026-01-31".to_owned(),
        };
        read.map(Some).ok_or_else(|| reading.wrong(field, format!("{text:?} {}", what())))
    }
}

fn is_instant(text: &str) -> bool {
    text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::DateTime>().is_ok()
}

fn instant(text: &str, zone: &TimeZone) -> Option<Date> {
    text.parse::<jiff::Timestamp>().map(|at| at.to_zoned(zone.clone()).date()).or_else(|_| text.parse()).ok()
}

impl Selector for Days {
    fn unmatched(&self, matched: &Matched) -> Option<MappingError> {
        self.path.unmatched(matched)
    }
}
