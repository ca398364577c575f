//! The sheet of totals: both sides by where everything ended up, breaks by kind, and why the sides differ. What follows from other
//! cells is a formula; what the run has counted stands beside it, and a check shows that they agree.

use jiff::civil::Date;
use rust_xlsxwriter::{Worksheet, XlsxError};

use super::A4;
use super::breaks::{Column, Sheets};
use super::formats::Formats;
use super::page::{Figure, Page, letter};
use super::reason::Reason;
use crate::matching::{Kind, Part, Place, Tally, Totals};
use crate::results::names;
use crate::results::subject::Subject;

const PLACES: [Place; 8] = [
    Place::Agreed,
    Place::Differing,
    Place::MissingAtInsurer,
    Place::MissingAtUs,
    Place::Duplicate,
    Place::Ambiguous,
    Place::Unreadable,
    Place::NotDueYet,
];

const SIDES: [&str; 12] = [
    "Где оказались полисы и строки",
    "Агент: полисов",
    "Агент: премия",
    "Агент: вознаграждение",
    "Агент: возвраты",
    "Страховщик: строк",
    "Страховщик: премия",
    "Страховщик: вознаграждение",
    "Страховщик: возвраты",
    "Разница премий",
    "Разница вознаграждений",
    "Разница возвратов",
];
const KINDS: [&str; 9] = [
    "Вид расхождения",
    "Количество",
    "У агента",
    "У страховщика",
    "Разница",
    "Количество по сверке",
    "Разница по сверке",
    "Проверка количества",
    "Проверка разницы",
];
const REASONS: [&str; 5] =
    ["Из чего складывается разница", "Разница сторон", "Расхождения", "В пределах допусков", "Проверка"];

/// Fills the sheet.
pub(super) fn write(
    sheet: &mut Worksheet, subject: &Subject, sheets: &Sheets, formats: &Formats,
) -> Result<(), XlsxError> {
    let mut page = Page { sheet, formats, row: 0 };
    page.head(subject)?;
    let places = page.sides(&subject.totals)?;
    let kinds = page.kinds(&subject.totals, sheets)?;
    page.reasons(&subject.totals, places, kinds)
}

impl Page<'_> {
    fn head(&mut self, subject: &Subject) -> Result<(), XlsxError> {
        let Subject { run, us, insurer, contract, .. } = subject;
        let day = |day: Date| day.strftime("%d.%m.%Y").to_string();
        let title = format!("Сверка № {} с {} по {}", run.id, day(run.period_from), day(run.period_to));
        self.sheet.write_string_with_format(self.row, 0, title, &self.formats.title)?;
        let lines = [
            ("Агент", us.legal_name.clone()),
            ("Страховщик", insurer.legal_name.clone()),
            ("Договор", contract.clone()),
            ("Реестр", format!("{}, SHA-256 {}", run.file_name, run.register_sha256)),
            ("Валюта", run.currency.clone()),
            ("Данные на", run.today.map(day).unwrap_or_default()),
        ];
        for (name, value) in lines {
            self.row += 1;
            self.sheet.write_string(self.row, 0, name)?.write_string(self.row, 1, value)?;
        }
        self.row += 2;
        self.sheet.set_column_width(0, 42)?.set_column_range_width(1, 11, 17)?;
        self.sheet.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0);
        Ok(())
    }

    /// Both sides. Answers the row of the first place, as formulas count.
    fn sides(&mut self, totals: &Totals) -> Result<u32, XlsxError> {
        self.columns(&SIDES)?;
        let first = self.row + 1;
        for place in PLACES {
            self.part(names::place(place), &totals.place(place))?;
        }
        let last = self.row;
        self.name("Итого", true)?;
        for (column, is) in (1..).zip(figures(&totals.went_in)) {
            let letter = letter(column);
            self.formula(column, &format!("=SUM({letter}{first}:{letter}{last})"), is, true)?;
        }
        self.row += 1;
        self.part("Вошло в сверку", &totals.went_in)?;
        self.name("Проверка: итого минус вошедшее", true)?;
        for column in 1..SIDES.len() as u16 {
            self.check(column, &format!("=ROUND({0}{1}-{0}{2},4)", letter(column), last + 1, last + 2))?;
        }
        self.row += 2;
        Ok(first)
    }

    /// A row of both sides and of what they differ by.
    fn part(&mut self, name: &str, part: &Part) -> Result<(), XlsxError> {
        self.name(name, false)?;
        let figures = figures(part);
        for (column, figure) in (1..=8).zip(figures) {
            self.value(column, figure)?;
        }
        let row = self.row + 1;
        for ((column, formula), is) in (9..).zip(["=C{}-G{}", "=D{}-H{}", "=E{}-I{}"]).zip(&figures[8..]) {
            self.formula(column, &formula.replace("{}", &row.to_string()), *is, false)?;
        }
        self.row += 1;
        Ok(())
    }

    /// The breaks. Answers the row of the first kind.
    fn kinds(&mut self, totals: &Totals, sheets: &Sheets) -> Result<u32, XlsxError> {
        self.columns(&KINDS)?;
        let first = self.row + 1;
        let (breaks, others): (Vec<Kind>, Vec<Kind>) = Kind::ALL.into_iter().partition(|kind| kind.is_break());
        for kind in &breaks {
            self.kind(*kind, totals.tally(*kind), sheets)?;
        }
        let last = self.row;
        let tallies = || breaks.iter().map(|kind| totals.tally(*kind));
        let sums = [
            Figure::Count(totals.break_count()),
            Figure::Amount(tallies().map(|tally| tally.ours).sum()),
            Figure::Amount(tallies().map(|tally| tally.theirs).sum()),
            Figure::Amount(tallies().map(|tally| tally.difference).sum()),
        ];
        self.name("Всего расхождений", true)?;
        for (column, is) in (1..).zip(sums) {
            let letter = letter(column);
            self.formula(column, &format!("=SUM({letter}{first}:{letter}{last})"), is, true)?;
        }
        self.row += 1;
        for kind in others {
            self.kind(kind, totals.tally(kind), sheets)?;
        }
        self.row += 1;
        Ok(first)
    }

    fn kind(&mut self, kind: Kind, tally: Tally, sheets: &Sheets) -> Result<(), XlsxError> {
        let row = self.row + 1;
        let named = format!("$A{row}");
        let difference = Figure::Amount(tally.difference);
        self.name(names::kind(kind), false)?;
        self.formula(1, &sheets.count(&named), Figure::Count(tally.count), false)?;
        self.formula(2, &sheets.total(&named, Column::Ours), Figure::Amount(tally.ours), false)?;
        self.formula(3, &sheets.total(&named, Column::Theirs), Figure::Amount(tally.theirs), false)?;
        self.formula(4, &sheets.total(&named, Column::Difference), difference, false)?;
        self.value(5, Figure::Count(tally.count))?;
        self.value(6, difference)?;
        self.check(7, &format!("=B{row}-F{row}"))?;
        self.check(8, &format!("=ROUND(E{row}-G{row},4)"))?;
        self.row += 1;
        Ok(())
    }

    /// By how much the sides differ, and which breaks say so: nothing is left unexplained.
    fn reasons(&mut self, totals: &Totals, places: u32, kinds: u32) -> Result<(), XlsxError> {
        self.columns(&REASONS)?;
        for reason in Reason::all(totals) {
            let cells = |cells: Vec<String>| format!("={}", cells.join("+"));
            let sides =
                reason.places.iter().map(|place| format!("{}{}", reason.amount, row_of(&PLACES, place, places)));
            let breaks = reason.kinds.iter().map(|kind| format!("E{}", row_of(&Kind::ALL, kind, kinds)));
            let row = self.row + 1;
            self.name(reason.name, false)?;
            self.formula(1, &cells(sides.collect()), Figure::Amount(reason.sides(totals)), false)?;
            self.formula(2, &cells(breaks.collect()), Figure::Amount(reason.breaks(totals)), false)?;
            self.value(3, Figure::Amount(reason.tolerated))?;
            self.check(4, &format!("=ROUND(B{row}-C{row}-D{row},4)"))?;
            self.row += 1;
        }
        Ok(())
    }
}

/// The row of one of those that begin at a row.
fn row_of<T: PartialEq>(all: &[T], one: &T, first: u32) -> u32 {
    all.iter().zip(first..).find(|(other, _)| *other == one).map_or(first, |(_, row)| row)
}

/// The cells of a row: our count and amounts, theirs, and what they differ by.
fn figures(part: &Part) -> [Figure; 11] {
    let Part { ours, theirs } = part;
    [
        Figure::Count(ours.count),
        Figure::Amount(ours.premium),
        Figure::Amount(ours.commission),
        Figure::Amount(ours.refund),
        Figure::Count(theirs.count),
        Figure::Amount(theirs.premium),
        Figure::Amount(theirs.commission),
        Figure::Amount(theirs.refund),
        Figure::Amount(ours.premium - theirs.premium),
        Figure::Amount(ours.commission - theirs.commission),
        Figure::Amount(ours.refund - theirs.refund),
    ]
}
