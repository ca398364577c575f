use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};
use rust_decimal::Decimal;

use super::*;
use crate::matching::Kind;
use crate::results::names;
use crate::results::samples::{breaks, subject};

struct Book {
    totals: Range<Data>,
    formulas: Range<String>,
    breaks: Range<Data>,
}

fn book(breaks: Vec<Listed>) -> Book {
    let mut bytes = Cursor::new(Vec::new());
    write(&mut bytes, &subject(), breaks.into_iter()).unwrap();
    let mut book = Xlsx::new(bytes).unwrap();
    assert_eq!(book.sheet_names(), ["Итоги", "Расхождения"]);
    Book {
        totals: book.worksheet_range("Итоги").unwrap(),
        formulas: book.worksheet_formula("Итоги").unwrap(),
        breaks: book.worksheet_range("Расхождения").unwrap(),
    }
}

impl Book {
    fn row(&self, name: &str) -> u32 {
        let named = |row: &u32| self.totals.get_value((*row, 0)).is_some_and(|cell| *cell == *name);
        (0..200).find(named).unwrap_or_else(|| panic!("no row {name}"))
    }

    fn formula(&self, row: u32, column: u32) -> &str {
        self.formulas.get_value((row, column)).map_or("", String::as_str)
    }

    fn figure(&self, row: u32, column: u32) -> Decimal {
        figure(self.totals.get_value((row, column)).unwrap())
    }
}

fn figure(cell: &Data) -> Decimal {
    match cell {
        Data::Float(figure) => Decimal::try_from(*figure).unwrap(),
        Data::Int(figure) => Decimal::from(*figure),
        Data::Empty => Decimal::ZERO,
        other => panic!("{other:?} is no figure"),
    }
}

#[test]
fn sums_over_the_breaks_are_formulas_and_are_what_the_run_has_counted() {
    let found = breaks();
    let (book, totals) = (book(found.clone()), subject().totals);
    let last = found.len() + 1;
    for kind in Kind::ALL {
        // Some places are called like kinds; kinds come behind them.
        let row = book.row("Вид расхождения") + 1;
        let row = (row..).find(|row| book.totals.get_value((*row, 0)).unwrap() == names::kind(kind)).unwrap();
        let at = row + 1;
        let sheet = "'Расхождения'!";
        assert_eq!(book.formula(row, 1), format!("COUNTIF({sheet}$B$2:$B${last},$A{at})"));
        let sum = format!("SUMIF({sheet}$B$2:$B${last},$A{at},{sheet}$G$2:$G${last})");
        assert_eq!(book.formula(row, 4), sum);
        // Reckoned as a spreadsheet does.
        let rows = book.breaks.rows().filter(|row| row[1] == names::kind(kind));
        assert_eq!(rows.clone().map(|row| figure(&row[6])).sum::<Decimal>(), totals.tally(kind).difference, "{kind}");
        assert_eq!(book.figure(row, 4), totals.tally(kind).difference, "{kind}");
        assert_eq!(book.figure(row, 1), Decimal::from(rows.count()), "{kind}");
        assert_eq!((book.formula(row, 7), book.figure(row, 7)), (format!("B{at}-F{at}").as_str(), Decimal::ZERO));
    }
}

#[test]
fn both_sides_add_up_and_every_difference_has_its_reason() {
    let (book, totals) = (book(breaks()), subject().totals);
    let together = book.row("Итого");
    assert_eq!(book.figure(together, 2), totals.went_in.ours.premium);
    assert_eq!(book.figure(together, 6), totals.went_in.theirs.premium);
    assert_eq!(book.formula(together, 2), format!("SUM(C{}:C{together})", together - 7));
    for column in [2, 6] {
        let sum: Decimal = (together - 8..together).map(|row| book.figure(row, column)).sum();
        assert_eq!(sum, book.figure(together, column), "column {column}");
    }
    let first = book.row("Из чего складывается разница") + 1;
    for row in first..first + 8 {
        let [sides, breaks, tolerated] = [1, 2, 3].map(|column| book.figure(row, column));
        assert_eq!(sides, breaks + tolerated, "row {row}");
        let at = row + 1;
        assert_eq!(book.formula(row, 4), format!("ROUND(B{at}-C{at}-D{at},4)"));
    }
    let missing = book.row("Премии полисов, которых нет у страховщика");
    assert_eq!(book.figure(missing, 1), Decimal::from(3650));
    let places = book.row("Где оказались полисы и строки") + 2;
    assert_eq!(book.formula(missing, 1), format!("J{}", places + 2), "the place of what is missing");
}

#[test]
fn breaks_are_text_and_numbers() {
    let found = breaks();
    let book = book(found.clone());
    assert_eq!(book.breaks.height(), found.len() + 1);
    for (row, listed) in book.breaks.rows().skip(1).zip(&found) {
        assert_eq!(row[8], *listed.found.explanation_ru.as_str());
        assert_eq!(figure(&row[6]), listed.found.difference.unwrap_or_default());
        assert_eq!(row[10], "@olga");
    }
}

#[test]
fn a_result_without_breaks_is_a_workbook_as_well_and_the_same_result_the_same_one() {
    let written = || {
        let mut bytes = Cursor::new(Vec::new());
        write(&mut bytes, &subject(), breaks().into_iter()).unwrap();
        bytes.into_inner()
    };
    assert!(written() == written());
    assert_eq!(book(Vec::new()).breaks.height(), 1);
}
