//! Rows of text whose columns are aligned.

use std::fmt::{self, Write};

/// A column.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Column {
    /// Texts.
    Text(&'static str),
    /// Numbers: their last digits stand below each other.
    Number(&'static str),
}

/// Rows below a header.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Row>,
    /// What is said when there are no rows.
    nothing: Option<&'static str>,
}

#[derive(Clone, Debug)]
struct Row {
    cells: Vec<String>,
    /// What is said of the row, in lines of their own.
    below: Vec<String>,
}

impl Table {
    pub(crate) fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: Vec::new(), nothing: None }
    }

    /// Says this in the place of a header with nothing below it.
    pub(crate) fn or_say(self, nothing: &'static str) -> Self {
        Self { nothing: Some(nothing), ..self }
    }

    /// Another row.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(Row { cells: cells.into_iter().collect(), below: Vec::new() });
    }

    /// Says something of the last row.
    pub(crate) fn below(&mut self, text: impl Into<String>) {
        if let Some(row) = self.rows.last_mut() {
            row.below.push(text.into());
        }
    }

    fn width(&self, at: usize, name: &str) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.cells.get(at)).map(|cell| letters(cell));
        cells.max().unwrap_or_default().max(letters(name))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(nothing) = self.nothing.filter(|_| self.rows.is_empty()) {
            return writeln!(f, "{nothing}");
        }
        let names: Vec<&str> = self.columns.iter().map(|column| column.name()).collect();
        let widths: Vec<usize> = names.iter().enumerate().map(|(at, name)| self.width(at, name)).collect();
        let line = |cells: &mut dyn Iterator<Item = &str>| {
            let mut line = String::new();
            for ((column, width), cell) in self.columns.iter().zip(&widths).zip(cells) {
                let gap = " ".repeat(width.saturating_sub(letters(cell)));
                // Writing into a string cannot fail.
                let _ = match column {
                    Column::Text(_) => write!(line, "{cell}{gap}  "),
                    Column::Number(_) => write!(line, "{gap}{cell}  "),
                };
            }
            line.trim_end().to_owned()
        };
        writeln!(f, "{}", line(&mut names.iter().copied()))?;
        for Row { cells, below } in &self.rows {
            writeln!(f, "{}", line(&mut cells.iter().map(String::as_str)))?;
            for text in below {
                writeln!(f, "    {text}")?;
            }
        }
        Ok(())
    }
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Self::Text(name) | Self::Number(name) => name,
        }
    }
}

fn letters(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_longest_cell() {
        let mut table = Table::new([Column::Text("KIND"), Column::Number("OURS"), Column::Text("WHO")]);
        table.row(["премия".to_owned(), "3650.00".to_owned(), String::new()]);
        table.below("Премия отличается.");
        table.row(["x".to_owned(), "1.00".to_owned(), "ann".to_owned()]);
        let expected =
            ["KIND       OURS  WHO", "премия  3650.00", "    Премия отличается.", "x          1.00  ann", ""];
        assert_eq!(table.to_string(), expected.join("\n"));
    }

    #[test]
    fn a_table_without_rows_says_so_in_a_sentence() {
        let mut table = Table::new([Column::Text("KIND")]).or_say("no breaks");
        assert_eq!(table.to_string(), "no breaks\n");
        table.row(["premium".to_owned()]);
        assert_eq!(table.to_string(), "KIND\npremium\n");
        assert_eq!(
            Table::new([Column::Text("KIND")]).to_string(),
            "KIND\n",
            "a part of something larger keeps its header"
        );
    }
}
