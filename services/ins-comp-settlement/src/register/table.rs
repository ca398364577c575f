//! Rows of a table, in CSV or a workbook, told apart: what stands above the header row, the header row and its
//! repetitions, sums, remarks, and lines.

use std::borrow::Cow;

use super::config::Field;
use super::error::{Fault, RegisterError};
use super::expect::{Period, TitleRow, cut};
use super::fields::{Cell, Fields};
use super::header::{Found, Header, find};
use super::line::{Line, Unreadable};
use super::reason::Reason;
use super::rules::Rules;
use super::shift::Shift;
use super::tally::{Each, Tally};

/// A row.
pub(super) trait Row {
    /// Whether a row with fewer or more fields than the header row is damaged, as in text with delimiters.
    const WHOLE: bool;
    /// How many fields it has.
    fn width(&self) -> usize;
    /// What stands in a column, from zero.
    fn cell(&self, at: usize) -> Cell<'_>;
    /// The same as a text, for names and words.
    fn shown(&self, at: usize) -> Cow<'_, str>;
    /// What is wrong with the row as a whole, and in which column.
    fn damage(&self) -> Option<(usize, Reason)>;
    /// All of it.
    fn text(&self) -> String;

    /// Whether nothing stands in it.
    fn is_blank(&self) -> bool {
        (0..self.width()).all(|at| match self.cell(at) {
            Cell::Absent | Cell::Empty => true,
            Cell::Text(text) => text.trim().is_empty(),
            _ => false,
        })
    }
}

/// Rows that are no lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Apart {
    /// Rows above the header row.
    pub title: u64,
    /// Header rows, and rows that number the columns.
    pub headers: u64,
    /// Rows with sums.
    pub totals: u64,
    /// Remarks and signatures.
    pub notes: u64,
}

/// How far down the header row may stand.
pub(super) const MOST_TITLE_ROWS: usize = 200;

/// How far to the right columns are looked for, and what is kept of a row above the header row: whatever a file holds in
/// its place, it is not held here.
const MOST_COLUMNS: usize = 1024;
const MOST_TITLE_CELLS: usize = 64;
const MOST_TITLE_LETTERS: usize = 400;

/// Lines that are held back until it is clear that the columns are not shifted.
const SAMPLE: usize = 20;

/// A table that is being read.
pub(super) struct Table<'a> {
    rules: &'a Rules,
    asked: Option<Period>,
    sheet: Option<String>,
    title: Vec<TitleRow>,
    /// The row that is most like a header row, with its line.
    best: Option<(usize, u64, RegisterError)>,
    header: Option<Box<Header>>,
    under_header: bool,
    fields: Fields<'a>,
    shift: Option<Shift>,
    held: Vec<Result<Line, Unreadable>>,
    pub(super) tally: Tally<'a>,
    pub(super) apart: Apart,
    pub(super) period: Option<Period>,
}

impl<'a> Table<'a> {
    pub(super) fn new(rules: &'a Rules, asked: Option<Period>, sheet: Option<String>, each: Each<'a>) -> Self {
        Self {
            rules,
            asked,
            sheet,
            title: Vec::new(),
            best: None,
            header: None,
            under_header: false,
            fields: Fields::new(rules),
            shift: Some(Shift::default()),
            held: Vec::new(),
            tally: Tally::new(each),
            apart: Apart::default(),
            period: None,
        }
    }

    /// What stands above the header row, or in its place.
    pub(super) fn title_text(&self) -> String {
        self.title.iter().flat_map(|(_, cells)| cells).map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    /// How many columns the header row has, once it is found.
    pub(super) fn width(&self) -> Option<usize> {
        self.header.as_ref().map(|header| header.width)
    }

    /// The next row.
    pub(super) fn row<R: Row>(&mut self, number: u64, row: &R) -> Result<(), RegisterError> {
        if row.is_blank() {
            return Ok(());
        }
        let Some(header) = self.header.take() else { return self.above(number, row) };
        let done = self.below(number, row, &header);
        self.header = Some(header);
        done.map_err(|error| error.on_line(number))
    }

    fn above<R: Row>(&mut self, number: u64, row: &R) -> Result<(), RegisterError> {
        let width = row.width().min(MOST_COLUMNS);
        let mut cells: Vec<String> = (0..width).map(|at| row.shown(at).into_owned()).collect();
        match find(self.rules, &cells) {
            Found::Header(header) => {
                self.period = self.rules.expect.check_title(&self.title, &self.rules.dates, self.asked)?;
                self.apart.title = self.title.len() as u64;
                self.apart.headers = 1;
                self.under_header = true;
                self.header = Some(header);
                return Ok(());
            }
            Found::Part(found, error) if self.best.as_ref().is_none_or(|(best, ..)| found > *best) => {
                self.best = Some((found, number, error));
            }
            Found::Part(..) | Found::Nothing => {}
        }
        cells.truncate(MOST_TITLE_CELLS);
        let short = cells.iter().map(|cell| cell.chars().take(MOST_TITLE_LETTERS).collect());
        self.title.push((number, short.collect()));
        if self.title.len() >= MOST_TITLE_ROWS { Err(self.no_header()) } else { Ok(()) }
    }

    fn below<R: Row>(&mut self, number: u64, row: &R, header: &Header) -> Result<(), RegisterError> {
        if is_header_again(row, header) || (std::mem::take(&mut self.under_header) && is_numbering(row)) {
            self.under_header = false;
            self.apart.headers += 1;
            return Ok(());
        }
        if self.is_totals(row, header) {
            return self.totals(number, row, header);
        }
        if self.is_note(row, header) {
            self.apart.notes += 1;
            return Ok(());
        }
        let damage = damage(row, header);
        let read = if damage.is_some() && self.shift.is_none() {
            Err(Vec::new())
        } else {
            self.fields.line(number, |field| header.at[field as usize].map_or(Cell::Absent, |at| row.cell(at)))
        };
        if let Some(shift) = &mut self.shift {
            shift.note(row, header, &self.fields, read.as_ref().err());
        }
        let wrong = match (damage, read) {
            (Some(damage), _) => vec![damage],
            (None, Ok(line)) => return self.pass(Ok(line), header),
            (None, Err(wrong)) => {
                let named = |(field, what): (Field, Reason)| (header.names[field as usize].clone(), what);
                wrong.into_iter().map(named).collect()
            }
        };
        self.pass(Err(self.unreadable(number, row, wrong)), header)
    }

    fn unreadable<R: Row>(&self, number: u64, row: &R, wrong: Vec<(String, Reason)>) -> Unreadable {
        Unreadable { number, sheet: self.sheet.clone(), wrong, text: cut(&row.text()) }
    }

    fn pass(&mut self, line: Result<Line, Unreadable>, header: &Header) -> Result<(), RegisterError> {
        if self.shift.is_none() {
            return self.tally.take(line);
        }
        self.held.push(line);
        if self.held.len() >= SAMPLE { self.release(header) } else { Ok(()) }
    }

    /// Passes on what was held back, unless the columns are shifted.
    fn release(&mut self, header: &Header) -> Result<(), RegisterError> {
        if let Some(shift) = self.shift.take()
            && let Some(fault) = shift.fault(header)
        {
            let first =
                self.held.first().map_or(0, |line| line.as_ref().map_or_else(|bad| bad.number, |good| good.number));
            return Err(RegisterError::from(fault).on_line(first));
        }
        self.held.drain(..).try_for_each(|line| self.tally.take(line))
    }

    fn is_totals<R: Row>(&self, row: &R, header: &Header) -> bool {
        let Some(totals) = &self.rules.totals else { return false };
        let at = header.totals.or_else(|| (0..row.width()).find(|&at| !row.shown(at).trim().is_empty()));
        at.is_some_and(|at| totals.matches(row.shown(at).trim()))
    }

    fn totals<R: Row>(&mut self, number: u64, row: &R, header: &Header) -> Result<(), RegisterError> {
        self.release(header)?;
        self.fields.forget_carried();
        self.apart.totals += 1;
        let (mut said, mut wrong) = (Vec::new(), Vec::new());
        for field in [Field::Premium, Field::Commission, Field::Refund] {
            let Some(at) = header.at[field as usize] else { continue };
            let name = header.names[field as usize].clone();
            match self.fields.sum(&row.cell(at)) {
                Ok(Some(amount)) => said.push((field, name, amount)),
                Ok(None) => {}
                Err(what) => wrong.push((name, what)),
            }
        }
        self.tally.check(Some(number), &said);
        if wrong.is_empty() { Ok(()) } else { self.tally.take(Err(self.unreadable(number, row, wrong))) }
    }

    fn is_note<R: Row>(&self, row: &R, header: &Header) -> bool {
        let Some(notes) = &self.rules.notes else { return false };
        let first = (0..row.width()).map(|at| row.shown(at)).find(|text| !text.trim().is_empty());
        let amount = header.at[Field::Premium as usize].map_or(Cell::Absent, |at| row.cell(at));
        first.is_some_and(|text| notes.is_match(text.trim())) && !matches!(self.fields.amount(&amount), Ok(Some(_)))
    }

    fn no_header(&mut self) -> RegisterError {
        if let Some((_, line, error)) = self.best.take() {
            return error.on_line(line);
        }
        let names = Field::ALL.map(|field| self.rules.names[field as usize].first().map(|name| format!("{name:?}")));
        let expected = names.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let begins = self.title.first().map(|(_, cells)| cut(&cells.join(" | "))).unwrap_or_default();
        Fault::NoHeader { expected, begins, likely: String::new() }.into()
    }

    /// The end of the rows.
    pub(super) fn end(&mut self) -> Result<(), RegisterError> {
        match self.header.take() {
            None if self.title.is_empty() => Err(Fault::Empty.into()),
            None => Err(self.no_header()),
            Some(header) => self.release(&header),
        }
    }
}

/// A page break repeats the header row.
fn is_header_again<R: Row>(row: &R, header: &Header) -> bool {
    [Field::PolicyNumber, Field::Premium].iter().all(|&field| match header.at[field as usize].map(|at| row.cell(at)) {
        Some(Cell::Text(text)) => text.trim() == header.names[field as usize],
        _ => false,
    })
}

/// 1, 2, 3 under the names, as official forms have.
fn is_numbering<R: Row>(row: &R) -> bool {
    let texts = (0..row.width()).map(|at| row.shown(at).trim().to_owned()).filter(|text| !text.is_empty());
    let mut numbers = 0_usize;
    texts.enumerate().all(|(at, text)| {
        numbers += 1;
        text == (at + 1).to_string()
    }) && numbers > 1
}

fn damage<R: Row>(row: &R, header: &Header) -> Option<(String, Reason)> {
    if let Some((at, what)) = row.damage() {
        let field = Field::ALL.into_iter().find(|&field| header.at[field as usize] == Some(at));
        let column = field.map_or_else(|| (at + 1).to_string(), |field| header.names[field as usize].clone());
        return Some((column, what));
    }
    if !R::WHOLE || row.width() == header.width {
        return None;
    }
    let beyond = (header.width..row.width()).find(|&at| !row.shown(at).trim().is_empty());
    if row.width() > header.width && beyond.is_none() {
        return None;
    }
    let (have, want) = (row.width(), header.width);
    let column = have.min(want) + usize::from(have > want);
    let what = if have > want { Reason::TooWide { have, want } } else { Reason::TooNarrow { have, want } };
    Some((column.to_string(), what))
}
