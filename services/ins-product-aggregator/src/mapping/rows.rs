//! The rows of a table: CSV (RFC 4180, with the delimiters that people use) and XLSX (ECMA-376). A row becomes a table
//! from the names in the header row to texts.

use std::io::{Cursor, Read};

use calamine::{Data, Reader, Xlsx};
use polis_actors::poller::PollError;
use serde_json::{Map, Value};

use super::items::Each;

/// How a table is laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Rows above the one with the names.
    pub(crate) skip: usize,
    /// The last row begins with this, and its first number is how many rows there are; without it the file is not
    /// whole.
    pub(crate) trailer: Option<String>,
}

/// Rows of a CSV file.
pub(crate) fn csv(address: &str, text: &str, delimiter: u8, layout: &Layout, each: Each<'_>) -> Result<(), PollError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut table = Table::new(address, layout);
    for record in reader.records() {
        let record = record.map_err(|error| table.malformed(format!("not CSV: {error}")))?;
        let line = record.position().map_or(0, csv::Position::line);
        table.row(&format!("line {line}"), record.iter().map(str::to_owned).collect(), each)?;
    }
    table.end()
}

/// An unpacked workbook may be so many times as large as the file.
const MOST_UNPACKED: u64 = 40;

/// Rows of a sheet of a workbook; the first one when none is named.
pub(crate) fn xlsx(
    address: &str, bytes: &[u8], sheet: Option<&str>, layout: &Layout, most_bytes: usize, each: Each<'_>,
) -> Result<(), PollError> {
    let malformed = |what: String| PollError::Malformed { address: address.to_owned(), what };
    check_unpacked(bytes, (most_bytes as u64).saturating_mul(MOST_UNPACKED)).map_err(malformed)?;
    let mut book: Xlsx<_> =
        Xlsx::new(Cursor::new(bytes)).map_err(|error| malformed(format!("not a workbook: {error}")))?;
    let names = book.sheet_names();
    let name = match sheet {
        None => names.first().cloned().ok_or_else(|| malformed("a workbook without sheets".to_owned()))?,
        Some(name) if names.iter().any(|n| n == name) => name.to_owned(),
        Some(name) => return Err(malformed(format!("no sheet {name:?}; there are {}", names.join(", ")))),
    };
    let range = book.worksheet_range(&name).map_err(|error| malformed(format!("sheet {name:?}: {error}")))?;
    let mut table = Table::new(address, layout);
    let (first, _) = range.start().unwrap_or_default();
    for (at, row) in range.rows().enumerate() {
        let place = format!("sheet {name:?}, row {}", first as usize + at + 1);
        let mut cells = Vec::with_capacity(row.len());
        for (column, cell) in row.iter().enumerate() {
            let cell = plain(cell).map_err(|what| malformed(format!("{place}, column {}: {what}", column + 1)))?;
            cells.push(cell);
        }
        table.row(&place, cells, each)?;
    }
    table.end()
}

/// Unpacks into nothing, and only as far as is allowed: what the archive says of its sizes need not be true.
fn check_unpacked(bytes: &[u8], most: u64) -> Result<(), String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| format!("not a workbook: {error}"))?;
    let mut left = most;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(|error| format!("not a workbook: {error}"))?;
        let unpacked = std::io::copy(&mut entry.take(left + 1), &mut std::io::sink())
            .map_err(|error| format!("not a workbook: {error}"))?;
        left = left.checked_sub(unpacked).ok_or_else(|| format!("the workbook unpacks to more than {most} bytes"))?;
    }
    Ok(())
}

fn plain(cell: &Data) -> Result<String, String> {
    Ok(match cell {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.trim().to_owned(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) => number.to_string(),
        Data::Bool(value) => value.to_string(),
        Data::DateTime(at) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::Error(error) => return Err(format!("the cell holds the error {error}")),
    })
}

struct Table<'a> {
    address: &'a str,
    layout: &'a Layout,
    skipped: usize,
    names: Vec<String>,
    rows: usize,
    /// The trailer has been there.
    over: bool,
}

impl<'a> Table<'a> {
    fn new(address: &'a str, layout: &'a Layout) -> Self {
        Self { address, layout, skipped: 0, names: Vec::new(), rows: 0, over: false }
    }

    fn malformed(&self, what: impl Into<String>) -> PollError {
        PollError::Malformed { address: self.address.to_owned(), what: what.into() }
    }

    fn row(&mut self, place: &str, cells: Vec<String>, each: Each<'_>) -> Result<(), PollError> {
        if self.skipped < self.layout.skip {
            self.skipped += 1;
            return Ok(());
        }
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return Ok(());
        }
        if self.names.is_empty() {
            return self.header(place, cells);
        }
        if self.over {
            return Err(self.malformed(format!("{place} stands behind the last row")));
        }
        let first = cells[0].trim();
        if let Some(trailer) = &self.layout.trailer
            && first.starts_with(trailer.as_str())
        {
            return self.trailer(place, &cells);
        }
        if cells.len() != self.names.len() {
            let (have, want) = (cells.len(), self.names.len());
            return Err(self.malformed(format!("{place} has {have} fields, the header has {want}")));
        }
        self.rows += 1;
        let cells = self.names.iter().cloned().zip(cells.into_iter().map(Value::from));
        each(Value::Object(Map::from_iter(cells)))
    }

    fn header(&mut self, place: &str, cells: Vec<String>) -> Result<(), PollError> {
        let names: Vec<String> = cells.iter().map(|cell| cell.trim().to_owned()).collect();
        for (at, name) in names.iter().enumerate() {
            if !name.is_empty() && names[..at].contains(name) {
                return Err(self.malformed(format!("{place} names the column {name:?} twice")));
            }
        }
        self.names = names;
        Ok(())
    }

    fn trailer(&mut self, place: &str, cells: &[String]) -> Result<(), PollError> {
        self.over = true;
        let said: Option<usize> = cells.iter().find_map(|cell| {
            let digits: String = cell.chars().filter(char::is_ascii_digit).collect();
            digits.parse().ok()
        });
        match said {
            Some(said) if said != self.rows => {
                Err(self.malformed(format!("{place} says there are {said} rows, and there are {}", self.rows)))
            }
            _ => Ok(()),
        }
    }

    fn end(self) -> Result<(), PollError> {
        if self.names.is_empty() {
            return Err(self.malformed("the table has no header row"));
        }
        match &self.layout.trailer {
            Some(trailer) if !self.over => {
                Err(self.malformed(format!("the last row {trailer:?} is missing: the file is not whole")))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, layout: &Layout) -> Result<Vec<Value>, String> {
        let mut rows = Vec::new();
        let done = csv("x", text, b';', layout, &mut |row| {
            rows.push(row);
            Ok(())
        });
        done.map(|()| rows).map_err(|error| error.to_string())
    }

    fn layout(skip: usize, trailer: Option<&str>) -> Layout {
        Layout { skip, trailer: trailer.map(str::to_owned) }
    }

    #[test]
    fn rows_are_tables_from_names_to_texts() {
        let rows = read("\u{feff}Код;Цена\nA;\"1 234,50\"\n\nB;7\n", &layout(0, None)).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0]["Цена"], "1 234,50");
        let rows = read("Прайс-лист;\nКод;Цена\nA;1\nИТОГО;1\n", &layout(1, Some("ИТОГО"))).unwrap();
        assert_eq!(rows[0]["Код"], "A");
    }

    #[test]
    fn a_file_that_is_not_whole_is_no_catalogue() {
        let with = layout(0, Some("ИТОГО"));
        assert!(read("Код;Цена\nA;1\n", &with).unwrap_err().contains("not whole"));
        assert!(read("Код;Цена\nA;1\nИТОГО;2\n", &with).unwrap_err().contains("says there are 2 rows"));
        assert!(read("Код;Цена\nA;1\nИТОГО;1\nB;2\n", &with).unwrap_err().contains("behind the last row"));
        assert!(read("Код;Цена\nA;1\nB\n", &layout(0, None)).unwrap_err().contains("line 3 has 1 fields"));
        assert!(read("Код;Код\nA;1\n", &layout(0, None)).unwrap_err().contains("twice"));
        assert!(read("", &layout(0, None)).unwrap_err().contains("no header row"));
    }
}
