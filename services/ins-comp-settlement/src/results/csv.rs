//! The breaks of a result as text that spreadsheets in Russia open with a click: UTF-8 with its mark, semicolons, decimal commas.

use std::io::Write;

use csv::{Terminator, WriterBuilder};
use rust_decimal::Decimal;

use super::error::ExportError;
use super::listed::Listed;
use super::names::{self, COLUMNS};

/// By which spreadsheets know UTF-8.
const MARK: &[u8] = "\u{FEFF}".as_bytes();

/// A line for each break.
pub(super) fn write(mut to: impl Write, breaks: impl Iterator<Item = Listed>) -> Result<(), ExportError> {
    to.write_all(MARK).map_err(ExportError::content)?;
    let mut writer = WriterBuilder::new().delimiter(b';').terminator(Terminator::CRLF).from_writer(to);
    writer.write_record(COLUMNS).map_err(ExportError::content)?;
    for Listed { found, state, owner } in breaks {
        let amount = |amount: Option<Decimal>| amount.map(names::amount).unwrap_or_default();
        let record = [
            found.ordinal.to_string(),
            names::kind_named(&found.kind).to_owned(),
            harmless(found.policies.join(", ")),
            names::lines(&found.lines),
            amount(found.ours),
            amount(found.theirs),
            amount(found.difference),
            found.tariff_says.as_deref().map(names::tariff_says).unwrap_or_default().to_owned(),
            harmless(found.explanation_ru),
            state.as_deref().map(names::state).unwrap_or_default().to_owned(),
            harmless(owner.unwrap_or_default()),
            harmless(found.break_id),
        ];
        writer.write_record(record).map_err(ExportError::content)?;
    }
    writer.flush().map_err(ExportError::content)
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
