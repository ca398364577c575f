//! The fields of one line, read: what is wrong with them is said of all of them at once.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::amounts::{Amounts, shown};
use super::config::{ByField, Field};
use super::dates::day;
use super::line::{Line, LineStatus};
use super::reason::Reason;
use super::rules::Rules;

/// What stands in one place of a line.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    /// The file has no such column.
    Absent,
    /// Nothing.
    Empty,
    /// A text.
    Text(&'a str),
    /// A number of JSON, as it is written.
    Literal(&'a str),
    /// A number of a workbook, and whether its days are counted from 1904.
    Number(f64, bool),
    /// A date of a workbook, by its number.
    Day(f64, bool),
    /// Something that is no value.
    Wrong(Reason),
}

/// What is wrong with which fields.
pub(super) type Wrong = Vec<(Field, Reason)>;

/// Reads lines one after another.
#[derive(Debug)]
pub(super) struct Fields<'r> {
    rules: &'r Rules,
    carried: ByField<Option<String>>,
}

impl<'r> Fields<'r> {
    pub(super) fn new(rules: &'r Rules) -> Self {
        Self { rules, carried: Default::default() }
    }

    /// What was written once for several lines ends here.
    pub(super) fn forget_carried(&mut self) {
        self.carried = Default::default();
    }

    /// A line, or everything that is wrong with it.
    pub(super) fn line<'c>(&mut self, number: u64, cell: impl Fn(Field) -> Cell<'c>) -> Result<Line, Wrong> {
        let mut wrong = Vec::new();
        let mut note = |field, what| wrong.push((field, what));
        let text = |fields: &mut Self, field: Field, note: &mut dyn FnMut(Field, Reason)| {
            let read = self::text(&cell(field)).unwrap_or_else(|what| {
                note(field, what);
                Some(String::new())
            });
            fields.carry(field, read)
        };
        let policy_number = text(self, Field::PolicyNumber, &mut note);
        let product = text(self, Field::Product, &mut note);
        let mut taken = |field: Field| {
            self.amount(&cell(field)).unwrap_or_else(|what| {
                note(field, what);
                Some(Decimal::ZERO)
            })
        };
        let (premium, commission, refund) = (taken(Field::Premium), taken(Field::Commission), taken(Field::Refund));
        let mut day = |field: Field| {
            self.date(&cell(field)).unwrap_or_else(|what| {
                note(field, what);
                None
            })
        };
        let (issued_on, starts_on, ends_on) = (day(Field::IssuedOn), day(Field::StartsOn), day(Field::EndsOn));
        let cancelled_from = day(Field::CancelledFrom);
        let status = self.status(&cell(Field::Status), cancelled_from).unwrap_or_else(|what| {
            note(Field::Status, what);
            LineStatus::Active
        });
        if policy_number.is_none() {
            note(Field::PolicyNumber, Reason::Empty);
        }
        if premium.is_none() {
            note(Field::Premium, Reason::Empty);
        }
        if let (Some(starts), Some(ends)) = (starts_on, ends_on)
            && ends < starts
        {
            note(Field::EndsOn, Reason::EndsTooEarly { ends, starts });
        }
        let (true, Some(policy_number), Some(premium)) = (wrong.is_empty(), policy_number, premium) else {
            return Err(wrong);
        };
        Ok(Line {
            number,
            policy_number,
            product,
            premium,
            commission,
            issued_on,
            starts_on,
            ends_on,
            status,
            cancelled_from,
            refund,
        })
    }

    /// Whether this would be a value of the field: a cell that is empty is not.
    pub(super) fn fits(&self, field: Field, cell: &Cell<'_>) -> bool {
        match field {
            Field::PolicyNumber | Field::Product => false,
            Field::Premium | Field::Commission | Field::Refund => matches!(self.amount(cell), Ok(Some(_))),
            Field::IssuedOn | Field::StartsOn | Field::EndsOn | Field::CancelledFrom => {
                matches!(self.date(cell), Ok(Some(_)))
            }
            Field::Status => !matches!(cell, Cell::Absent | Cell::Empty) && self.status(cell, None).is_ok(),
        }
    }

    /// An amount; none where there is nothing, or a dash in its place.
    pub(super) fn amount(&self, cell: &Cell<'_>) -> Result<Option<Decimal>, Reason> {
        amount(&self.rules.amounts, cell)
    }

    /// A sum of amounts.
    pub(super) fn sum(&self, cell: &Cell<'_>) -> Result<Option<Decimal>, Reason> {
        amount(&self.rules.sums, cell)
    }

    fn date(&self, cell: &Cell<'_>) -> Result<Option<Date>, Reason> {
        let dates = &self.rules.dates;
        match cell {
            Cell::Absent | Cell::Empty => Ok(None),
            Cell::Text(text) if is_nothing(text) => Ok(None),
            Cell::Text(text) | Cell::Literal(text) => dates.text(text).map(Some),
            Cell::Number(number, since_1904) | Cell::Day(number, since_1904) => {
                dates.number(*number, *since_1904).map(Some)
            }
            Cell::Wrong(what) => Err(what.clone()),
        }
    }

    /// Where no column says so, a day without cover does.
    fn status(&self, cell: &Cell<'_>, cancelled_from: Option<Date>) -> Result<LineStatus, Reason> {
        let word = match cell {
            Cell::Absent if cancelled_from.is_some() => return Ok(LineStatus::Cancelled),
            Cell::Absent => return Ok(LineStatus::Active),
            other => text(other)?.unwrap_or_default(),
        };
        self.rules.status(&word).ok_or(if word.is_empty() { Reason::NoStatus } else { Reason::OtherStatus(word) })
    }

    fn carry(&mut self, field: Field, read: Option<String>) -> Option<String> {
        if !self.rules.carry[field as usize] {
            return read;
        }
        if read.is_some() {
            self.carried[field as usize].clone_from(&read);
        }
        self.carried[field as usize].clone()
    }
}

fn amount(amounts: &Amounts, cell: &Cell<'_>) -> Result<Option<Decimal>, Reason> {
    match cell {
        Cell::Absent | Cell::Empty => Ok(None),
        Cell::Text(text) if is_nothing(text) => Ok(None),
        Cell::Text(text) => amounts.text(text).map(Some),
        Cell::Literal(text) => amounts.literal(text).map(Some),
        Cell::Number(number, _) => amounts.number(*number).map(Some),
        Cell::Day(..) => Err(Reason::DateForAmount),
        Cell::Wrong(what) => Err(what.clone()),
    }
}

/// A text; none where there is nothing.
fn text(cell: &Cell<'_>) -> Result<Option<String>, Reason> {
    let text = match cell {
        Cell::Absent | Cell::Empty => return Ok(None),
        Cell::Text(text) | Cell::Literal(text) => as_text(text.trim()),
        Cell::Number(number, _) if number.abs() < 1e15 => {
            return Ok(shown(*number).map(|number| number.to_string()));
        }
        Cell::Number(number, _) => return Err(Reason::LongNumber(number.to_string())),
        Cell::Day(number, since_1904) => {
            let shown = day(*number, *since_1904).map_or_else(|| number.to_string(), |date| date.to_string());
            return Err(Reason::DateForText(shown));
        }
        Cell::Wrong(what) => return Err(what.clone()),
    };
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Err(Reason::Damaged(text.to_owned()));
    }
    if text.contains('\n') {
        return Err(Reason::SeveralLines(text.to_owned()));
    }
    if looks_rounded(text) {
        return Err(Reason::Rounded(text.to_owned()));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// `="0012"` is how a spreadsheet is told to keep the zeros.
fn as_text(text: &str) -> &str {
    text.strip_prefix("=\"").and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

/// 1,23457E+15
fn looks_rounded(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once("E+") else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once([',', '.']).unwrap_or((mantissa, "0"));
    digits(whole) && digits(fraction) && digits(exponent)
}

/// Nothing, or a dash in its place.
fn is_nothing(text: &str) -> bool {
    matches!(text.trim(), "" | "-" | "–" | "—" | "−")
}
