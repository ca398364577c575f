//! A register in a workbook (ECMA-376): one sheet, row by row. What is held is the texts that the sheets share.

use std::borrow::Cow;
use std::io::{BufReader, Read, Seek, SeekFrom};

use calamine::{DataRef, Reader, SheetType, SheetVisible, Xlsx};
use jiff::civil::Date;

use super::amounts::shown;
use super::archive;
use super::config::Sheet;
use super::dates::day;
use super::error::{Fault, RegisterError};
use super::expect::Period;
use super::fields::Cell;
use super::kind::must_be_workbook;
use super::reason::Reason;
use super::rules::Rules;
use super::source::Source;
use super::summary::Summary;
use super::table::{Row, Table};
use super::tally::Each;

/// Columns that a sheet can have. A cell beyond them is damage, and would take much memory.
const MOST_COLUMNS: u32 = 16_384;

/// Reads a register in a workbook. It is read twice, once to be hashed.
pub(super) fn read<R: Read + Seek>(
    mut source: R, sheet: Option<&Sheet>, rules: &Rules, asked: Option<Period>, each: Each<'_>,
) -> Result<Summary, RegisterError> {
    let (sha256, bytes) = Source::new(&mut source, rules.bounds.bytes).finish()?;
    let mut begin = Vec::new();
    source.rewind().map_err(Fault::Source)?;
    (&mut source).take(8).read_to_end(&mut begin).map_err(Fault::Source)?;
    must_be_workbook(&begin)?;
    source.rewind().map_err(Fault::Source)?;
    archive::check(BufReader::new(&mut source), &rules.bounds)?;
    source.seek(SeekFrom::Start(0)).map_err(Fault::Source)?;
    let mut book: Xlsx<_> = Xlsx::new(BufReader::new(source))
        .map_err(|error| RegisterError::malformed(format!("the workbook cannot be opened: {error}")))?;
    let (name, other_sheets) = choose(book.sheets_metadata(), sheet)?;
    let since_1904 = book.has_1904_epoch();
    let mut table = Table::new(rules, asked, Some(name.clone()), each);
    rows(&mut book, &name, since_1904, &mut table).map_err(|error| error.in_sheet(&name))?;
    let summary = Summary::new(sha256, bytes, table.tally);
    Ok(Summary { sheet: Some(name), other_sheets, apart: table.apart, period: table.period, ..summary })
}

/// The sheet to read, and those that are not read.
fn choose(sheets: &[calamine::Sheet], wanted: Option<&Sheet>) -> Result<(String, Vec<String>), RegisterError> {
    let sheets: Vec<_> = sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet).collect();
    let found = match wanted {
        None => sheets.iter().position(|sheet| sheet.visible == SheetVisible::Visible),
        Some(Sheet::Number(number)) => number.checked_sub(1).filter(|&at| at < sheets.len()),
        Some(Sheet::Name(name)) => sheets.iter().position(|sheet| sheet.name.trim() == name.trim()),
    };
    let mut names: Vec<String> = sheets.iter().map(|sheet| sheet.name.clone()).collect();
    match found {
        Some(at) => Ok((names.remove(at), names)),
        None => {
            let sheet = match wanted {
                None => "that can be seen".to_owned(),
                Some(Sheet::Number(number)) => format!("number {number}"),
                Some(Sheet::Name(name)) => format!("{name:?}"),
            };
            Err(Fault::NoSheet { sheet, there: names.join(", ") }.into())
        }
    }
}

fn rows<R: Read + Seek>(
    book: &mut Xlsx<R>, name: &str, since_1904: bool, table: &mut Table<'_>,
) -> Result<(), RegisterError> {
    let broken = |error: calamine::XlsxError| RegisterError::malformed(format!("the sheet cannot be read: {error}"));
    let mut cells = book.worksheet_cells_reader(name).map_err(broken)?;
    let mut row = SheetRow { at: 0, cells: Vec::new(), since_1904 };
    loop {
        let next = cells.next_cell().map_err(|error| broken(error).on_line(u64::from(row.at) + 1))?;
        let Some(cell) = next else { break };
        let (at, column) = cell.get_position();
        if at < row.at || column >= MOST_COLUMNS {
            let what = format!("the cell {} stands where no cell can be", place(at, column as usize));
            return Err(RegisterError::malformed(what).on_line(u64::from(row.at) + 1));
        }
        if at > row.at {
            table.row(u64::from(row.at) + 1, &row)?;
            row.cells.clear();
            row.at = at;
        }
        let column = column as usize;
        if row.cells.len() <= column {
            row.cells.resize(column + 1, DataRef::Empty);
        }
        row.cells[column] = cell.get_value().clone();
    }
    table.row(u64::from(row.at) + 1, &row)?;
    table.end()
}

/// One row: its cells, and empty ones before and between them.
struct SheetRow<'a> {
    at: u32,
    cells: Vec<DataRef<'a>>,
    since_1904: bool,
}

impl Row for SheetRow<'_> {
    const WHOLE: bool = false;

    fn width(&self) -> usize {
        self.cells.len()
    }

    fn cell(&self, at: usize) -> Cell<'_> {
        let here = || place(self.at, at);
        match self.cells.get(at) {
            None | Some(DataRef::Empty) => Cell::Empty,
            Some(DataRef::String(text)) => Cell::Text(text),
            Some(DataRef::SharedString(text)) => Cell::Text(text),
            Some(DataRef::Int(number)) => Cell::Number(*number as f64, self.since_1904),
            Some(DataRef::Float(number)) => Cell::Number(*number, self.since_1904),
            Some(DataRef::Bool(value)) => Cell::Text(if *value { "true" } else { "false" }),
            Some(DataRef::DateTime(at)) if at.is_datetime() => Cell::Day(at.as_f64(), self.since_1904),
            Some(DataRef::DateTimeIso(text)) => match iso(text) {
                Some(number) => Cell::Day(number, false),
                None => Cell::Wrong(Reason::CellNoDate { cell: here(), text: text.clone() }),
            },
            Some(DataRef::DateTime(_) | DataRef::DurationIso(_)) => Cell::Wrong(Reason::CellTime { cell: here() }),
            Some(DataRef::Error(error)) => Cell::Wrong(Reason::CellError { cell: here(), error: error.to_string() }),
        }
    }

    fn shown(&self, at: usize) -> Cow<'_, str> {
        match self.cell(at) {
            Cell::Absent | Cell::Empty => Cow::Borrowed(""),
            Cell::Text(text) | Cell::Literal(text) => Cow::Borrowed(text),
            Cell::Number(number, _) => Cow::Owned(shown(number).map_or_else(String::new, |number| number.to_string())),
            Cell::Day(number, since_1904) => {
                Cow::Owned(day(number, since_1904).map_or_else(String::new, |date| date.to_string()))
            }
            Cell::Wrong(what) => Cow::Owned(what.shown().to_owned()),
        }
    }

    fn damage(&self) -> Option<(usize, Reason)> {
        None
    }

    fn text(&self) -> String {
        (0..self.width()).map(|at| self.shown(at)).collect::<Vec<_>>().join(" | ")
    }
}

/// The number of a day that is written as ISO 8601, whatever the hour.
fn iso(text: &str) -> Option<f64> {
    let date: Date = text.get(..10)?.parse().ok()?;
    let days = Date::constant(1899, 12, 30).until(date).ok()?.get_days();
    Some(f64::from(days))
}

/// `B2` of row and column, from zero.
fn place(row: u32, column: usize) -> String {
    let (mut letters, mut left) = (Vec::new(), column + 1);
    while left > 0 {
        left -= 1;
        letters.push(b'A' + u8::try_from(left % 26).unwrap_or_default());
        left /= 26;
    }
    let letters: String = letters.into_iter().rev().map(char::from).collect();
    format!("{letters}{}", u64::from(row) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_have_the_names_that_a_person_looks_for() {
        assert_eq!([place(0, 0), place(6, 3), place(0, 26), place(0, 701)], ["A1", "D7", "AA1", "ZZ1"]);
        assert_eq!(iso("2026-01-31T10:00:00"), Some(46053.0));
        assert_eq!(iso("31.01.2026"), None);
    }
}
