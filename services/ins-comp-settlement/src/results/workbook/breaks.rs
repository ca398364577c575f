//! The sheets of breaks: one, and further ones when it is full.

use rust_decimal::Decimal;
use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};

use super::A4;
use super::formats::Formats;
use crate::results::listed::Listed;
use crate::results::names::{self, COLUMNS};

const NAME: &str = "Расхождения";
/// Rows of breaks on one sheet; the format ends a little above it.
const MOST_ROWS: u32 = 1_000_000;
/// Signs in one cell; the format ends a little above it.
const MOST_SIGNS: usize = 32_000;
/// Of the columns in their order.
const WIDTHS: [f64; 12] = [8.0, 28.0, 24.0, 12.0, 15.0, 15.0, 15.0, 18.0, 90.0, 14.0, 18.0, 34.0];

/// How many rows of breaks each sheet has.
#[derive(Debug, Default)]
pub(super) struct Sheets(Vec<u32>);

/// A column that sums are made over.
#[derive(Clone, Copy, Debug)]
pub(super) enum Column {
    Ours,
    Theirs,
    Difference,
}

impl Sheets {
    /// The formula for how many breaks there are of the kind that a cell names.
    pub(super) fn count(&self, kind: &str) -> String {
        self.sum(|sheet, last| format!("COUNTIF({sheet}!$B$2:$B${last},{kind})"))
    }

    /// The formula for the sum of a column over those.
    pub(super) fn total(&self, kind: &str, column: Column) -> String {
        let column = match column {
            Column::Ours => 'E',
            Column::Theirs => 'F',
            Column::Difference => 'G',
        };
        self.sum(|sheet, last| format!("SUMIF({sheet}!$B$2:$B${last},{kind},{sheet}!${column}$2:${column}${last})"))
    }

    fn sum(&self, over: impl Fn(&str, u32) -> String) -> String {
        // An empty sheet has an empty row.
        let each = self.0.iter().enumerate().map(|(at, rows)| over(&format!("'{}'", name(at)), rows.max(&1) + 1));
        format!("={}", each.collect::<Vec<_>>().join("+"))
    }
}

fn name(at: usize) -> String {
    if at == 0 { NAME.to_owned() } else { format!("{NAME} {}", at + 1) }
}

/// Adds the sheets to the workbook, one at least.
pub(super) fn write(
    workbook: &mut Workbook, sheets: &mut Sheets, formats: &Formats, breaks: impl Iterator<Item = Listed>,
) -> Result<(), XlsxError> {
    let mut breaks = breaks.peekable();
    loop {
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        head(sheet.set_name(name(sheets.0.len()))?, formats)?;
        let mut rows = 0;
        while rows < MOST_ROWS
            && let Some(next) = breaks.next()
        {
            rows += 1;
            row(sheet, rows, &next, formats)?;
        }
        sheet.autofilter(0, 0, rows.max(1), COLUMNS.len() as u16 - 1)?;
        sheets.0.push(rows);
        if breaks.peek().is_none() {
            return Ok(());
        }
    }
}

fn head(sheet: &mut Worksheet, formats: &Formats) -> Result<(), XlsxError> {
    for (column, (name, width)) in (0..).zip(COLUMNS.into_iter().zip(WIDTHS)) {
        sheet.set_column_width(column, width)?;
        sheet.write_string_with_format(0, column, name, &formats.head)?;
    }
    sheet
        .set_freeze_panes(1, 0)?
        .set_landscape()
        .set_paper_size(A4)
        .set_repeat_rows(0, 0)?
        .set_print_fit_to_pages(1, 0);
    Ok(())
}

fn row(sheet: &mut Worksheet, row: u32, listed: &Listed, formats: &Formats) -> Result<(), XlsxError> {
    let Listed { found, state, owner } = listed;
    let text =
        |name: &Option<String>, named: fn(&str) -> &str| name.as_deref().map(named).unwrap_or_default().to_owned();
    sheet.write_number_with_format(row, 0, found.ordinal as f64, &formats.count)?;
    sheet.write_string_with_format(row, 1, names::kind_named(&found.kind), &formats.text)?;
    sheet.write_string_with_format(row, 2, fitting(found.policies.join(", ")), &formats.wrapped)?;
    sheet.write_string_with_format(row, 3, fitting(names::lines(&found.lines)), &formats.wrapped)?;
    for (column, amount) in (4..).zip([found.ours, found.theirs, found.difference]) {
        self::amount(sheet, row, column, amount, formats)?;
    }
    let says = text(&found.tariff_says, names::tariff_says);
    sheet.write_string_with_format(row, 7, says, &formats.text)?;
    sheet.write_string_with_format(row, 8, fitting(found.explanation_ru.clone()), &formats.wrapped)?;
    sheet.write_string_with_format(row, 9, text(state, names::state), &formats.text)?;
    sheet.write_string_with_format(row, 10, fitting(owner.clone().unwrap_or_default()), &formats.text)?;
    sheet.write_string_with_format(row, 11, fitting(found.break_id.clone()), &formats.text)?;
    Ok(())
}

fn amount(
    sheet: &mut Worksheet, row: u32, column: u16, amount: Option<Decimal>, formats: &Formats,
) -> Result<(), XlsxError> {
    match amount {
        Some(amount) => sheet.write_with_format(row, column, amount, &formats.amount)?,
        None => sheet.write_blank(row, column, &formats.amount)?,
    };
    Ok(())
}

/// What a cell does not hold is said to be missing; it is whole in the other formats.
fn fitting(text: String) -> String {
    match text.char_indices().nth(MOST_SIGNS) {
        Some((end, _)) => format!("{}… (полностью в CSV и JSON)", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_go_over_all_sheets() {
        let sheets = Sheets(vec![MOST_ROWS, 0]);
        assert_eq!(
            sheets.count("$A9"),
            "=COUNTIF('Расхождения'!$B$2:$B$1000001,$A9)+COUNTIF('Расхождения 2'!$B$2:$B$2,$A9)"
        );
    }

    #[test]
    fn a_cell_that_is_too_small_says_so() {
        let text = fitting("щ".repeat(40_000));
        assert!(text.ends_with("(полностью в CSV и JSON)") && text.chars().count() < 32_767);
        assert_eq!(fitting("щ".repeat(MOST_SIGNS)).chars().count(), MOST_SIGNS);
    }
}
