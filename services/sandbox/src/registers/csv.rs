//! A register as CSV: semicolons, decimal commas, a title above and sums below.

use rust_decimal::Decimal;

use super::order::FileFault;
use super::statement::Statement;
use super::table::{Cell, Table, day, days};

/// The line of the file in which the first line of the register stands.
pub(super) const FIRST_LINE: u64 = 4;

pub(super) fn csv(statement: &Statement, fault: Option<FileFault>) -> String {
    let table = Table::of(statement, fault);
    let mut text = format!("Реестр договоров страхования;{}\r\n{}\r\n", field(&statement.name), days(statement));
    text.push_str(&table.header.join(";"));
    text.push_str("\r\n");
    for row in table.rows.iter().chain([&table.totals]) {
        let fields: Vec<String> = row.iter().map(|cell| written(*cell)).collect();
        text.push_str(&fields.join(";"));
        text.push_str("\r\n");
    }
    text
}

fn written(cell: Cell<'_>) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => field(text),
        Cell::Count(count) => count.to_string(),
        Cell::Day(date) => day(date),
        Cell::Amount(amount) => grouped(amount),
    }
}

fn field(text: &str) -> String {
    if text.contains([';', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// `1 234,50`
fn grouped(amount: Decimal) -> String {
    let text = format!("{amount:.2}");
    let (whole, kopecks) = text.split_once('.').unwrap_or((&text, "00"));
    let mut written = String::with_capacity(text.len() + 4);
    for (at, digit) in whole.char_indices() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            written.push(' ');
        }
        written.push(digit);
    }
    format!("{written},{kopecks}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registers::samples::statement;

    #[test]
    fn it_is_written_as_bookkeepers_write_it() {
        let written = csv(&statement("АО «Урал-Полис»"), None);
        let expected = [
            "Реестр договоров страхования;АО «Урал-Полис»",
            "за период с 01.11.2026 по 30.11.2026",
            "№ п/п;Номер полиса;Код продукта;Дата выдачи;Начало действия;Окончание действия;Страховая премия;Комиссия;\
             Статус;Дата расторжения;Возврат",
            "1;PL-0000000018;ural-travel-1;12.11.2026;25.11.2026;24.11.2027;3 650,00;365,00;Действует;;",
            "2;PL-0000000026;ural-travel-1;12.11.2026;25.11.2026;24.11.2027;1 234 567,50;123 456,75;Расторгнут;\
             25.11.2026;1 000,00",
            "3;PL-0000000034;ural-travel-1;12.11.2026;25.11.2026;24.11.2027;н/д;10,00;Действует;;",
            "Итого;;;;;;1 238 217,50;123 821,75;;;1 000,00",
            "",
        ];
        assert_eq!(written, expected.join("\r\n"));
        assert!(written.lines().nth(3).unwrap().starts_with("1;"), "FIRST_LINE says so");
    }

    #[test]
    fn without_lines_it_is_a_register_all_the_same() {
        let mut empty = statement("АО «Урал-Полис»");
        empty.lines.clear();
        empty.totals = crate::registers::line::Totals::of(&[]);
        assert!(csv(&empty, None).ends_with("Возврат\r\nИтого;;;;;;0,00;0,00;;;0,00\r\n"));
    }

    #[test]
    fn faults_are_in_every_row() {
        let statement = statement("АО «Урал-Полис»");
        let missing = csv(&statement, Some(FileFault::MissingColumn));
        assert!(!missing.contains("Страховая премия") && !missing.contains("3 650,00"));
        let shifted = csv(&statement, Some(FileFault::Shifted));
        assert!(shifted.contains("\r\nPL-0000000018;ural-travel-1;12.11.2026;"));
        let widths = shifted.lines().skip(2).map(|line| line.split(';').count());
        assert!(widths.into_iter().all(|width| width == 11), "{shifted}");
    }
}
