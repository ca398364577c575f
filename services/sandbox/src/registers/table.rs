//! A register as a table, whatever the file: a title, a header row, lines, sums.

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::line::Line;
use super::order::FileFault;
use super::statement::Statement;

/// What stands in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell<'s> {
    Empty,
    Text(&'s str),
    Count(usize),
    Day(Date),
    Amount(Decimal),
}

/// The rows from the header down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table<'s> {
    pub(super) header: Vec<&'static str>,
    pub(super) rows: Vec<Vec<Cell<'s>>>,
    pub(super) totals: Vec<Cell<'s>>,
}

const HEADER: [&str; 11] = [
    "№ п/п",
    "Номер полиса",
    "Код продукта",
    "Дата выдачи",
    "Начало действия",
    "Окончание действия",
    PREMIUM,
    "Комиссия",
    "Статус",
    "Дата расторжения",
    "Возврат",
];
const PREMIUM: &str = "Страховая премия";

impl<'s> Table<'s> {
    pub(super) fn of(statement: &'s Statement, fault: Option<FileFault>) -> Self {
        let totals = statement.totals;
        let sums = [(6, totals.premium), (7, totals.commission), (10, totals.refund)];
        let mut bottom = vec![Cell::Empty; HEADER.len()];
        bottom[0] = Cell::Text("Итого");
        sums.into_iter().for_each(|(at, sum)| bottom[at] = Cell::Amount(sum));
        let rows = statement.lines.iter().enumerate().map(|(at, line)| row(at + 1, line));
        let mut table = Self { header: HEADER.to_vec(), rows: rows.collect(), totals: bottom };
        match fault {
            Some(FileFault::MissingColumn) => table.drop_premiums(),
            Some(FileFault::Shifted) => table.rows.iter_mut().for_each(|row| {
                row.remove(0);
                row.push(Cell::Empty);
            }),
            _ => {}
        }
        table
    }

    fn drop_premiums(&mut self) {
        let Some(at) = self.header.iter().position(|name| *name == PREMIUM) else { return };
        self.header.remove(at);
        self.rows.iter_mut().chain([&mut self.totals]).for_each(|row| {
            row.remove(at);
        });
    }
}

fn row(number: usize, line: &Line) -> Vec<Cell<'_>> {
    let cancelled = line.cancelled;
    vec![
        Cell::Count(number),
        Cell::Text(&line.number),
        Cell::Text(&line.product),
        Cell::Day(line.issued_on),
        Cell::Day(line.starts_on),
        Cell::Day(line.ends_on),
        line.spoilt.map_or(Cell::Amount(line.premium), Cell::Text),
        Cell::Amount(line.commission),
        Cell::Text(if cancelled.is_some() { "Расторгнут" } else { "Действует" }),
        cancelled.map_or(Cell::Empty, |cancelled| Cell::Day(cancelled.from)),
        cancelled.map_or(Cell::Empty, |cancelled| Cell::Amount(cancelled.refund)),
    ]
}

/// The days of the statement, as its title gives them.
pub(super) fn days(statement: &Statement) -> String {
    let (from, to) = (statement.period.from, statement.period.to);
    format!("за период с {} по {}", day(from), day(to))
}

/// As people write a day.
pub(super) fn day(day: Date) -> String {
    format!("{:02}.{:02}.{:04}", day.day(), day.month(), day.year())
}
