//! A small register, for tests of its forms.

use super::line::Line;
use super::period::Period;
use super::policy::Cancellation;
use super::statement::Statement;
use super::terms::Terms;

/// A line in force, a cancelled one, and one that cannot be read.
pub(super) fn statement(name: &str) -> Statement {
    let date = |text: &str| text.parse::<jiff::civil::Date>().unwrap();
    let line = |number: &str, premium: &str, commission: &str| Line {
        number: number.to_owned(),
        product: "ural-travel-1".to_owned(),
        issued_on: date("2026-11-12"),
        starts_on: date("2026-11-25"),
        ends_on: date("2027-11-24"),
        premium: premium.parse().unwrap(),
        commission: commission.parse().unwrap(),
        cancelled: None,
        spoilt: None,
    };
    let mut lines = vec![
        line("PL-0000000018", "3650", "365"),
        line("PL-0000000026", "1234567.5", "123456.75"),
        line("PL-0000000034", "100", "10"),
    ];
    lines[1].cancelled = Some(Cancellation { from: date("2026-11-25"), refund: "1000".parse().unwrap() });
    lines[2].spoilt = Some("н/д");
    let terms = Terms { name: name.to_owned(), ..Terms::default() };
    let period = Period { from: date("2026-11-01"), to: date("2026-11-30") };
    Statement::new("ural-polis", &terms, period, lines)
}
