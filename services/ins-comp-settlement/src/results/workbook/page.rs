//! A sheet that is filled from above, cell by cell.

use rust_decimal::Decimal;
use rust_xlsxwriter::{ConditionalFormatCell, ConditionalFormatCellRule, Format, Formula, Worksheet, XlsxError};

use super::formats::Formats;

/// The sheet.
pub(super) struct Page<'p> {
    pub(super) sheet: &'p mut Worksheet,
    pub(super) formats: &'p Formats,
    /// The row that is being filled, from 0.
    pub(super) row: u32,
}

impl Page<'_> {
    /// The names of columns, in a row of their own.
    pub(super) fn columns(&mut self, names: &[&str]) -> Result<(), XlsxError> {
        for (column, name) in (0..).zip(names) {
            self.sheet.write_string_with_format(self.row, column, *name, &self.formats.head)?;
        }
        self.row += 1;
        Ok(())
    }

    /// The name of the row.
    pub(super) fn name(&mut self, name: &str, strong: bool) -> Result<(), XlsxError> {
        let format = if strong { &self.formats.sum_text } else { &self.formats.text };
        self.sheet.write_string_with_format(self.row, 0, name, format)?;
        Ok(())
    }

    /// A figure that is given.
    pub(super) fn value(&mut self, column: u16, value: Figure) -> Result<(), XlsxError> {
        let (value, format) = value.looks(self.formats, false);
        self.sheet.write_with_format(self.row, column, value, format)?;
        Ok(())
    }

    /// A figure that follows from others. Programs that reckon nothing show what it is.
    pub(super) fn formula(&mut self, column: u16, formula: &str, is: Figure, strong: bool) -> Result<(), XlsxError> {
        let (is, format) = is.looks(self.formats, strong);
        let formula = Formula::new(formula).set_result(is.normalize().to_string());
        self.sheet.write_formula_with_format(self.row, column, formula, format)?;
        Ok(())
    }

    /// What shows zero while everything adds up, and catches the eye when it does not.
    pub(super) fn check(&mut self, column: u16, formula: &str) -> Result<(), XlsxError> {
        self.formula(column, formula, Figure::Amount(Decimal::ZERO), true)?;
        let wrong = ConditionalFormatCell::new()
            .set_rule(ConditionalFormatCellRule::NotEqualTo(0))
            .set_format(&self.formats.alarm);
        self.sheet.add_conditional_format(self.row, column, self.row, column, &wrong)?;
        Ok(())
    }
}

/// A figure, by how it is shown.
#[derive(Clone, Copy, Debug)]
pub(super) enum Figure {
    Count(u64),
    Amount(Decimal),
}

impl Figure {
    fn looks(self, formats: &Formats, strong: bool) -> (Decimal, &Format) {
        match (self, strong) {
            (Self::Count(count), false) => (count.into(), &formats.count),
            (Self::Count(count), true) => (count.into(), &formats.sum_count),
            (Self::Amount(amount), false) => (amount, &formats.amount),
            (Self::Amount(amount), true) => (amount, &formats.sum_amount),
        }
    }
}

/// The letter of one of the first columns.
pub(super) fn letter(column: u16) -> char {
    char::from(b'A' + u8::try_from(column).unwrap_or_default())
}
