//! What both sides have, and by what they differ.

use polis_document::{Column, Layout, Row, russian};
use rust_decimal::Decimal;

use super::{CELL, due};
use crate::matching::{Kind, Sums, Tally};
use crate::results::names;
use crate::results::subject::Subject;

const fn text(name: &'static str, part: f32) -> Column {
    Column { name, part, right: false }
}

const fn number(name: &'static str, part: f32) -> Column {
    Column { name, part, right: true }
}

const SIDES: [Column; 4] = [
    text("Показатель", 2.4),
    number("По данным Агента", 1.4),
    number("По данным Страховщика", 1.4),
    number("Разница", 1.3),
];
const KINDS: [Column; 5] = [
    text("Вид", 2.4),
    number("Количество", 1.0),
    number("У Агента", 1.3),
    number("У Страховщика", 1.3),
    number("Разница", 1.2),
];

/// Both sides beside each other.
pub(super) fn sides(layout: &mut Layout<'_>, subject: &Subject) {
    let (ours, theirs) = (&subject.totals.went_in.ours, &subject.totals.went_in.theirs);
    let count = |sums: &Sums| Decimal::from(sums.count);
    let plain = |name: &str, of: &dyn Fn(&Sums) -> Decimal| {
        let figures = [of(ours), of(theirs), of(ours) - of(theirs)].map(|figure| figure.normalize().to_string());
        row(name, figures, false)
    };
    let amounts = |name: &str, of: &dyn Fn(&Sums) -> Decimal, strong| {
        let amount = |amount| russian::amount(amount, &subject.run.currency);
        row(name, [of(ours), of(theirs), of(ours) - of(theirs)].map(amount), strong)
    };
    let rows = [
        plain("Полисов, строк реестра", &count),
        amounts("Страховая премия", &|sums| sums.premium, false),
        amounts("Вознаграждение Агента", &|sums| sums.commission, false),
        amounts("Возвраты премии", &|sums| sums.refund, false),
        amounts("К перечислению Страховщику", &due, true),
    ];
    layout.table(&SIDES, rows, CELL);
}

/// Breaks by kind, and what the sides differ by without one.
pub(super) fn kinds(layout: &mut Layout<'_>, subject: &Subject) {
    let (totals, currency) = (&subject.totals, &subject.run.currency);
    let amount = |amount| russian::amount(amount, currency);
    let of = |name: &str, Tally { count, ours, theirs, difference }: Tally| {
        row(name, [count.to_string(), amount(ours), amount(theirs), amount(difference)], false)
    };
    let found = |kind: &Kind| kind.is_break() && totals.tally(*kind).count > 0;
    let mut rows: Vec<Row> =
        Kind::ALL.into_iter().filter(found).map(|kind| of(names::kind(kind), totals.tally(kind))).collect();
    // Premiums, commissions and refunds are not added up, so the last row counts only.
    let empty = String::new;
    rows.push(row("Всего расхождений", [totals.break_count().to_string(), empty(), empty(), empty()], true));
    let later = totals.tally(Kind::NotDueYet);
    if later.count > 0 {
        rows.push(of("Войдут в следующий реестр: срок ещё не наступил", later));
    }
    let tolerated = [
        ("Премия: в пределах допусков", totals.tolerated.premium),
        ("Вознаграждение: в пределах допусков или не указано в реестре", totals.tolerated.commission),
        ("Возвраты: в пределах допусков или не указаны в реестре", totals.tolerated.refund),
    ];
    let tolerated = tolerated.into_iter().filter(|(_, sum)| !sum.is_zero());
    rows.extend(tolerated.map(|(name, sum)| row(name, [empty(), empty(), empty(), amount(sum)], false)));
    layout.table(&KINDS, rows, CELL);
}

fn row<const N: usize>(name: &str, figures: [String; N], strong: bool) -> Row {
    Row { cells: [name.to_owned()].into_iter().chain(figures).collect(), strong }
}
