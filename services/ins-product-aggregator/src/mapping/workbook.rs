//! The rows of a sheet of a workbook (ECMA-376), cell by cell: what an empty cell costs is nothing, wherever the last one
//! of the sheet stands. What is held is the texts that the sheets share.

use std::io::{Cursor, Read};

use calamine::{Cell, DataRef, Reader, Xlsx};
use polis_actors::poller::PollError;
use rust_decimal::Decimal;
use serde_json::{Number, Value};
use zip::ZipArchive;

use super::items::Each;
use super::rows::{Layout, Row, Table};

/// Columns that a sheet can have. A cell beyond them is damage.
const MOST_COLUMNS: usize = 16_384;

/// Rows of a sheet of a workbook; the first one when none is named.
pub(crate) fn xlsx(
    address: &str, bytes: &[u8], sheet: Option<&str>, layout: &Layout, most_bytes: usize, each: Each<'_>,
) -> Result<(), PollError> {
    let malformed = |what: String| PollError::Malformed { address: address.to_owned(), what };
    check_archive(bytes, most_bytes as u64).map_err(malformed)?;
    let mut book: Xlsx<_> =
        Xlsx::new(Cursor::new(bytes)).map_err(|error| malformed(format!("not a workbook: {error}")))?;
    let names = book.sheet_names();
    let name = match sheet {
        None => names.first().cloned().ok_or_else(|| malformed("a workbook without sheets".to_owned()))?,
        Some(name) if names.iter().any(|n| n == name) => name.to_owned(),
        Some(name) => return Err(malformed(format!("no sheet {name:?}; there are {}", names.join(", ")))),
    };
    let broken = |error: calamine::XlsxError| malformed(format!("sheet {name:?}: {error}"));
    let mut cells = book.worksheet_cells_reader(&name).map_err(broken)?;
    let mut table = Table::new(address, layout);
    let (mut at, mut row) = (0, Vec::new());
    let place = |row: u32| format!("sheet {name:?}, row {}", u64::from(row) + 1);
    let sheet_row = |row: u32| Row { number: row as usize, place: place(row), width: None };
    while let Some(cell) = cells.next_cell().map_err(broken)? {
        let (of_row, column) = cell.get_position();
        let column = column as usize;
        let last = row.last().filter(|_| of_row == at).map(|&(last, _)| last);
        if of_row < at || column >= MOST_COLUMNS || last.is_some_and(|last| column <= last) {
            let what = format!("{}, column {}: no cell can be there", place(of_row), column.saturating_add(1));
            return Err(malformed(what));
        }
        if of_row > at {
            table.row(&sheet_row(at), std::mem::take(&mut row), each)?;
            at = of_row;
        }
        let text = plain(&cell).map_err(|what| malformed(format!("{}, column {}: {what}", place(at), column + 1)))?;
        row.push((column, text));
    }
    table.row(&sheet_row(at), row, each)?;
    table.end()
}

fn plain(cell: &Cell<DataRef<'_>>) -> Result<Value, String> {
    Ok(match cell.get_value() {
        DataRef::Empty => "".into(),
        DataRef::SharedString(text) => text.trim().into(),
        DataRef::String(text) | DataRef::DateTimeIso(text) => text.trim().into(),
        DataRef::Int(number) => (*number).into(),
        DataRef::Float(number) => {
            shown(*number).ok_or_else(|| format!("the cell holds {number}, which is no number"))?
        }
        DataRef::Bool(value) => value.to_string().into(),
        DataRef::DateTime(at) if at.is_datetime() => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}").into()
        }
        DataRef::DateTime(_) | DataRef::DurationIso(_) => {
            return Err("the cell is formatted as a time; give it another format".to_owned());
        }
        DataRef::Error(error) => return Err(format!("the cell holds the error {error}")),
    })
}

/// The fifteen significant digits that Excel shows of a number: behind them stands what adding up has left.
fn shown(number: f64) -> Option<Value> {
    let shown: Number =
        Decimal::from_scientific(&format!("{number:.14e}")).ok()?.normalize().to_string().parse().ok()?;
    Some(shown.into())
}

/// An unpacked workbook may be so many times as large as the file may be: sheets pack well and are read as they unpack.
const MOST_UNPACKED: u64 = 40;
/// What is not a sheet is held while the sheet is read.
const MOST_HELD: u64 = 4;
/// `<si/>`
const SHORTEST_TEXT: u64 = 5;
const BEGIN: u64 = 4096;

/// Unpacks into nothing, and only as far as is allowed: what the archive says of its sizes need not be true.
fn check_archive(bytes: &[u8], most_bytes: u64) -> Result<(), String> {
    let broken = |error: &dyn std::fmt::Display| format!("not a workbook: {error}");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| broken(&error))?;
    let (most, most_held) = (most_bytes.saturating_mul(MOST_UNPACKED), most_bytes.saturating_mul(MOST_HELD));
    let (mut left, mut left_held) = (most, most_held);
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(|error| broken(&error))?;
        let name = part.name().map_or_else(|_| String::new(), |name| name.to_lowercase());
        let mut unpacking = part.take(left.saturating_add(1));
        let mut begin = Vec::new();
        unpacking.by_ref().take(BEGIN).read_to_end(&mut begin).map_err(|error| broken(&error))?;
        let rest = std::io::copy(&mut unpacking, &mut std::io::sink()).map_err(|error| broken(&error))?;
        let unpacked = begin.len() as u64 + rest;
        left = left.checked_sub(unpacked).ok_or_else(|| format!("the workbook unpacks to more than {most} bytes"))?;
        if !is_sheet(&name) {
            left_held = left_held
                .checked_sub(unpacked)
                .ok_or_else(|| format!("the workbook without its sheets unpacks to more than {most_held} bytes"))?;
        }
        // The reader of workbooks makes room for as many texts as the part says it has, before it has seen one.
        let texts = name.ends_with("sharedstrings.xml").then(|| said_count(&begin)).flatten();
        if let Some(texts) = texts.filter(|&texts| texts > unpacked / SHORTEST_TEXT) {
            return Err(format!("{name} of {unpacked} bytes says that it has {texts} texts"));
        }
    }
    Ok(())
}

fn is_sheet(name: &str) -> bool {
    let held = ["sharedstrings.xml", "styles.xml", "workbook.xml", ".rels"];
    name.contains("worksheets/") && !held.iter().any(|end| name.ends_with(end))
}

fn said_count(begin: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(begin);
    let (_, value) = text.split_once("uniqueCount")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let digits = value.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(value.len());
    value[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
    use serde_json::json;

    use super::*;

    fn read(book: &mut Workbook) -> Result<Vec<Value>, String> {
        let layout = Layout { skip: 0, trailer: None };
        let mut rows = Vec::new();
        let done = xlsx("x", &book.save_to_buffer().unwrap(), None, &layout, 1 << 20, &mut |row| {
            rows.push(row.value);
            Ok(())
        });
        done.map(|()| rows).map_err(|error| error.to_string())
    }

    #[test]
    fn two_cells_far_apart_cost_two_cells() {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write(0, 0, "Код").unwrap().write(1, 0, "A").unwrap();
        sheet.write(1_048_575, 16_383, "a note").unwrap();
        assert_eq!(read(&mut book).unwrap(), [json!({ "Код": "A" })]);
    }

    #[test]
    fn a_column_may_be_empty_in_a_row_and_a_cell_without_a_header_is_a_note() {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        sheet.write(2, 1, "Код").unwrap().write(2, 2, "Цена").unwrap();
        sheet.write(3, 0, "see below").unwrap().write(3, 1, "A").unwrap().write(5, 2, 7).unwrap();
        assert_eq!(read(&mut book).unwrap(), [json!({ "Код": "A", "Цена": "" }), json!({ "Код": "", "Цена": 7 })]);
    }

    #[test]
    fn cells_are_numbers_and_days_where_they_say_so() {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        let day = ExcelDateTime::from_ymd(2026, 1, 31).unwrap().and_hms(10, 30, 0).unwrap();
        let date = Format::new().set_num_format("dd.mm.yyyy");
        ["sum", "day", "number", "text"].iter().zip(0..).for_each(|(name, column)| {
            sheet.write(0, column, *name).unwrap();
        });
        sheet.write(1, 0, 0.1 + 0.2).unwrap().write_with_format(1, 1, &day, &date).unwrap();
        sheet.write(1, 2, 1234.5).unwrap().write(1, 3, "1 234,50").unwrap();
        let rows = read(&mut book).unwrap();
        assert_eq!(rows, [json!({ "sum": 0.3, "day": "2026-01-31", "number": 1234.5, "text": "1 234,50" })]);
        let lasting = Format::new().set_num_format("[h]:mm");
        book.worksheet_from_index(0).unwrap().write_with_format(1, 1, 0.5, &lasting).unwrap();
        assert!(read(&mut book).unwrap_err().contains("row 2, column 2: the cell is formatted as a time"));
    }

    #[test]
    fn texts_are_counted_before_room_is_made_for_them() {
        assert_eq!(said_count(br#"<sst count="3" uniqueCount = '4000000000'>"#), Some(4_000_000_000));
        assert_eq!(said_count(b"<sst>"), None);
        assert!(is_sheet("xl/worksheets/sheet1.xml") && !is_sheet("xl/sharedstrings.xml"));
    }
}
