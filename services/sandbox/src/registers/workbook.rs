//! A register as a workbook: one sheet, real dates and numbers in its cells.

use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::order::FileFault;
use super::statement::Statement;
use super::table::{Cell, Table, days};

/// The row of the sheet in which the first line of the register stands.
pub(super) const FIRST_LINE: u64 = 5;
/// The row of the header, from zero.
const HEADER: u32 = 3;
const SHEET: &str = "Реестр";

pub(super) fn xlsx(statement: &Statement, fault: Option<FileFault>) -> Result<Vec<u8>, XlsxError> {
    let table = Table::of(statement, fault);
    let mut book = Workbook::new();
    // The same register is the same file.
    book.set_properties(&DocProperties::new().set_creation_datetime(&ExcelDateTime::from_ymd(2026, 1, 1)?));
    let (bold, formats) = (Format::new().set_bold(), Formats::new());
    let sheet = book.add_worksheet().set_name(SHEET)?;
    sheet.write_with_format(0, 0, format!("Реестр договоров {}", statement.name), &bold)?;
    sheet.write(1, 0, days(statement))?;
    for (column, name) in (0..).zip(&table.header) {
        sheet.write_with_format(HEADER, column, *name, &bold)?.set_column_width(column, 18)?;
    }
    for (row, cells) in (HEADER + 1..).zip(table.rows.iter().chain([&table.totals])) {
        for (column, cell) in (0..).zip(cells) {
            write(sheet, (row, column), *cell, &formats)?;
        }
    }
    book.save_to_buffer()
}

struct Formats {
    day: Format,
    amount: Format,
}

impl Formats {
    fn new() -> Self {
        Self { day: Format::new().set_num_format("dd.mm.yyyy"), amount: Format::new().set_num_format("#,##0.00") }
    }
}

fn write(sheet: &mut Worksheet, at: (u32, u16), cell: Cell<'_>, formats: &Formats) -> Result<(), XlsxError> {
    let (row, column) = at;
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => drop(sheet.write(row, column, text)?),
        Cell::Count(count) => drop(sheet.write(row, column, number(Decimal::from(count)))?),
        Cell::Day(date) => drop(sheet.write_with_format(row, column, &moment(date)?, &formats.day)?),
        Cell::Amount(amount) => drop(sheet.write_with_format(row, column, number(amount), &formats.amount)?),
    }
    Ok(())
}

fn moment(date: Date) -> Result<ExcelDateTime, XlsxError> {
    let part = |number: i8| u8::try_from(number).unwrap_or_default();
    ExcelDateTime::from_ymd(u16::try_from(date.year()).unwrap_or_default(), part(date.month()), part(date.day()))
}

/// A workbook keeps nothing else than binary fractions; kopecks of any premium survive that.
fn number(amount: Decimal) -> f64 {
    amount.to_string().parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registers::samples::statement;

    #[test]
    fn the_same_register_is_the_same_workbook() {
        let statement = statement("ООО «Балтика Полис»");
        let book = xlsx(&statement, None).unwrap();
        assert!(book.starts_with(b"PK") && book == xlsx(&statement, None).unwrap());
        assert_ne!(book, xlsx(&statement, Some(FileFault::Shifted)).unwrap());
    }
}
