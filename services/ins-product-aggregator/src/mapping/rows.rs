//! The rows of a table, and those of CSV (RFC 4180, with the delimiters that people use). A row becomes a table from the
//! names in the header row to texts, and to numbers where a cell says that it is one.

use std::collections::HashSet;

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
    for (number, record) in reader.records().enumerate() {
        let record = record.map_err(|error| table.malformed(format!("not CSV: {error}")))?;
        let place = format!("line {}", record.position().map_or(0, csv::Position::line));
        let cells = record.iter().map(Value::from).enumerate().collect();
        table.row(&Row { number, place, width: Some(record.len()) }, cells, each)?;
    }
    table.end()
}

/// Which row of a file it is.
pub(super) struct Row {
    /// From zero, the rows above the header counted.
    pub(super) number: usize,
    /// For errors.
    pub(super) place: String,
    /// How many fields it has, where a row says that: with another number than the header it is damaged.
    pub(super) width: Option<usize>,
}

/// A table that is read row by row.
pub(super) struct Table<'a> {
    address: &'a str,
    layout: &'a Layout,
    /// The columns that have names.
    names: Vec<(usize, String)>,
    /// Fields of the header row.
    width: Option<usize>,
    rows: usize,
    /// The trailer has been there.
    over: bool,
}

impl<'a> Table<'a> {
    pub(super) fn new(address: &'a str, layout: &'a Layout) -> Self {
        Self { address, layout, names: Vec::new(), width: None, rows: 0, over: false }
    }

    fn malformed(&self, what: impl Into<String>) -> PollError {
        PollError::Malformed { address: self.address.to_owned(), what: what.into() }
    }

    /// The cells of a row with their columns, from left to right; those that are left out are empty.
    pub(super) fn row(&mut self, row: &Row, mut cells: Vec<(usize, Value)>, each: Each<'_>) -> Result<(), PollError> {
        cells.retain(|(_, cell)| cell.as_str().is_none_or(|text| !text.trim().is_empty()));
        let Some((_, first)) = cells.first() else { return Ok(()) };
        if row.number < self.layout.skip {
            return Ok(());
        }
        let place = &row.place;
        if self.names.is_empty() {
            return self.header(row, cells);
        }
        if self.over {
            return Err(self.malformed(format!("{place} stands behind the last row")));
        }
        if let Some(trailer) = &self.layout.trailer
            && first.as_str().is_some_and(|first| first.trim().starts_with(trailer.as_str()))
        {
            return self.trailer(place, &cells);
        }
        if row.width != self.width {
            let (have, want) = (row.width.unwrap_or_default(), self.width.unwrap_or_default());
            return Err(self.malformed(format!("{place} has {have} fields, the header has {want}")));
        }
        let mut cells = cells.into_iter().peekable();
        let mut item = Map::new();
        for (column, name) in &self.names {
            while cells.next_if(|(at, _)| at < column).is_some() {}
            let cell = cells.next_if(|(at, _)| at == column).map_or_else(|| "".into(), |(_, cell)| cell);
            item.insert(name.clone(), cell);
        }
        // A note beside the table is no row of it.
        if item.values().all(|cell| cell == "") {
            return Ok(());
        }
        self.rows += 1;
        each(item.into())
    }

    fn header(&mut self, row: &Row, cells: Vec<(usize, Value)>) -> Result<(), PollError> {
        let mut seen = HashSet::new();
        for (column, cell) in cells {
            let name = cell.as_str().map_or_else(|| cell.to_string(), |text| text.trim().to_owned());
            if !seen.insert(name.clone()) {
                return Err(self.malformed(format!("{} names the column {name:?} twice", row.place)));
            }
            self.names.push((column, name));
        }
        self.width = row.width;
        Ok(())
    }

    fn trailer(&mut self, place: &str, cells: &[(usize, Value)]) -> Result<(), PollError> {
        self.over = true;
        let said: Option<usize> = cells.iter().find_map(|(_, cell)| {
            let digits: String = cell.to_string().chars().filter(char::is_ascii_digit).collect();
            digits.parse().ok()
        });
        match said {
            Some(said) if said != self.rows => {
                Err(self.malformed(format!("{place} says there are {said} rows, and there are {}", self.rows)))
            }
            _ => Ok(()),
        }
    }

    /// The table, if it is whole.
    pub(super) fn end(self) -> Result<(), PollError> {
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
            rows.push(row.value);
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
