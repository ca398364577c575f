//! The breaks of a result as text that spreadsheets in Russia open with a click: UTF-8 with its mark, semicolons, decimal commas.

use std::io::Write;

use csv::{Terminator, WriterBuilder};
use rust_decimal::Decimal;

use super::error::ExportError;
use super::listed::Listed;
use super::names::{self, COLUMNS};
use crate::runs::RunBreak;

/// By which spreadsheets know UTF-8.
const MARK: &[u8] = "\u{FEFF}".as_bytes();
/// Columns that say what was found; those behind them how it stands, and the last one which it is.
const FOUND: usize = 9;

/// A line for each break, as it was found and as it stands.
pub(super) fn write(to: impl Write, breaks: impl Iterator<Item = Listed>) -> Result<(), ExportError> {
    let line = |Listed { found, state, owner }| {
        let standing = [
            state.as_deref().map(names::state).unwrap_or_default().to_owned(),
            harmless(owner.unwrap_or_default()),
            harmless(found.break_id.clone()),
        ];
        cells(found).into_iter().chain(standing)
    };
    lines(to, &COLUMNS, breaks.map(line))
}

/// A line for each break, as it was found.
pub(super) fn found(to: impl Write, breaks: impl Iterator<Item = RunBreak>) -> Result<(), ExportError> {
    let line = |found: RunBreak| {
        let id = harmless(found.break_id.clone());
        cells(found).into_iter().chain([id])
    };
    lines(to, &[&COLUMNS[..FOUND], &COLUMNS[COLUMNS.len() - 1..]].concat(), breaks.map(line))
}

fn lines(
    mut to: impl Write, columns: &[&str], lines: impl Iterator<Item = impl Iterator<Item = String>>,
) -> Result<(), ExportError> {
    to.write_all(MARK).map_err(ExportError::content)?;
    let mut writer = WriterBuilder::new().delimiter(b';').terminator(Terminator::CRLF).from_writer(to);
    writer.write_record(columns).map_err(ExportError::content)?;
    for line in lines {
        writer.write_record(line.map(String::into_bytes)).map_err(ExportError::content)?;
    }
    writer.flush().map_err(ExportError::content)
}

fn cells(found: RunBreak) -> [String; FOUND] {
    let amount = |amount: Option<Decimal>| amount.map(names::amount).unwrap_or_default();
    [
        found.ordinal.to_string(),
        names::kind_named(&found.kind).to_owned(),
        harmless(found.policies.join(", ")),
        names::lines(&found.lines),
        amount(found.ours),
        amount(found.theirs),
        amount(found.difference),
        found.tariff_says.as_deref().map(names::tariff_says).unwrap_or_default().to_owned(),
        harmless(found.explanation_ru),
    ]
}

/// What others wrote is text to a spreadsheet, also where it looks like a formula.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        format!("'{text}")
    } else {
        text
    }
}

#[cfg(test)]
#[path = "tests/csv.rs"]
mod tests;
