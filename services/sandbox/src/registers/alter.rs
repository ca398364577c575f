//! What a difference of each kind does to the line of a policy.

use fastrand::Rng;
use jiff::Span;
use rust_decimal::Decimal;
use serde::Serialize;

use super::kind::Kind;
use super::line::Line;
use super::policy::{Cancellation, Policy};
use super::strangers::Strangers;
use super::writing;

/// Texts that stand where an amount is expected.
const NO_AMOUNTS: [&str; 3] = ["н/д", "см. приложение", "уточняется"];

/// What is said of a policy in place of its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Altered {
    pub(super) lines: Vec<Line>,
    /// Which of them the difference is about, from zero.
    pub(super) about: Vec<usize>,
    pub(super) changes: Vec<Change>,
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Which field.
    pub field: &'static str,
    /// What it would say.
    pub was: Option<String>,
    /// What it says.
    pub is: Option<String>,
}

/// Puts a policy wrong in this way. Whatever else is said of it stays right.
pub(super) fn alter(
    kind: Kind, policy: &Policy, mut line: Line, chance: &mut Rng, strangers: &mut Strangers,
) -> Altered {
    match kind {
        Kind::MissingAtInsurer | Kind::NotDueYet => {
            let changes = vec![change("line", Some(line.number), None)];
            Altered { lines: Vec::new(), about: Vec::new(), changes }
        }
        Kind::MissingAtUs => {
            let (number, premium) = (strangers.number(chance), strangers.premium(chance));
            let commission = (premium / Decimal::TEN).trunc();
            let stranger = Line { number: number.clone(), premium, commission, cancelled: None, ..line.clone() };
            second(line, stranger, change("line", None, Some(number)))
        }
        Kind::PremiumDiffers => {
            let apart = (line.premium * Decimal::new(chance.i64(5..=15), 2)).trunc() + Decimal::new(5_050, 2);
            let was = line.premium;
            line.premium = if chance.bool() && was > apart { was - apart } else { was + apart };
            changed("premium", was, line.premium, line)
        }
        Kind::CommissionDiffers => {
            let apart = Decimal::new(chance.i64(1_000..10_000), 2);
            let was = line.commission;
            line.commission = if chance.bool() && was > apart { was - apart } else { was + apart };
            changed("commission", was, line.commission, line)
        }
        Kind::StatusDiffers => status(policy, line),
        Kind::DatesDiffer => dates(line, chance),
        Kind::RefundDiffers => {
            let was = line.cancelled.map_or(Decimal::ZERO, |cancelled| cancelled.refund);
            let apart = Decimal::new(chance.i64(1_000..10_000), 2);
            let refund = if chance.bool() && was > apart { was - apart } else { was + apart };
            line.cancelled = line.cancelled.map(|cancelled| Cancellation { refund, ..cancelled });
            changed("refund", was, refund, line)
        }
        Kind::Duplicate => {
            let number = if chance.bool() { line.number.clone() } else { writing::another(&line.number, chance) };
            let again = Line { number: number.clone(), ..line.clone() };
            second(line, again, change("line", None, Some(number)))
        }
        Kind::Unreadable => {
            let text = NO_AMOUNTS[chance.usize(..NO_AMOUNTS.len())];
            let spoilt = Line { spoilt: Some(text), ..line.clone() };
            let said = change("premium", Some(amount(line.premium)), Some(text.to_owned()));
            second(line, spoilt, said)
        }
        Kind::Ambiguous => {
            let was = std::mem::take(&mut line.number);
            line.number = format!("{was}, {}", strangers.number(chance));
            (line.premium, line.commission) = (line.premium * Decimal::TWO, line.commission * Decimal::TWO);
            let said = change("number", Some(was), Some(line.number.clone()));
            Altered { lines: vec![line], about: vec![0], changes: vec![said] }
        }
        Kind::NumberWrittenOtherwise => {
            let was = std::mem::take(&mut line.number);
            line.number = writing::another(&was, chance);
            let said = change("number", Some(was), Some(line.number.clone()));
            Altered { lines: vec![line], about: vec![0], changes: vec![said] }
        }
        Kind::Instalments => instalments(&line, chance.i64(2..=3)),
    }
}

/// Cancelled where we have it in force, from the first day on and for all of its price; in force where we have it cancelled.
fn status(policy: &Policy, mut line: Line) -> Altered {
    let word = |cancelled: Option<Cancellation>| if cancelled.is_some() { "cancelled" } else { "active" };
    let was = line.cancelled;
    line.cancelled = match was {
        Some(_) => None,
        None => Some(Cancellation { from: policy.starts_on, refund: policy.premium }),
    };
    let said = change("status", Some(word(was).to_owned()), Some(word(line.cancelled).to_owned()));
    Altered { lines: vec![line], about: vec![0], changes: vec![said] }
}

/// More than a month away, which no tolerance allows; cover never ends before it begins.
fn dates(mut line: Line, chance: &mut Rng) -> Altered {
    let days = Span::new().days(chance.i64(40..=70));
    let (field, day, earlier) = match chance.u8(0..3) {
        0 => ("issued_on", &mut line.issued_on, true),
        1 => ("starts_on", &mut line.starts_on, true),
        _ => ("ends_on", &mut line.ends_on, false),
    };
    let was = *day;
    *day = if earlier { was.saturating_sub(days) } else { was.saturating_add(days) };
    let said = change(field, Some(was.to_string()), Some(day.to_string()));
    Altered { lines: vec![line], about: vec![0], changes: vec![said] }
}

/// Whole roubles in all parts but the last one.
fn instalments(line: &Line, parts: i64) -> Altered {
    let share = |amount: Decimal| (amount / Decimal::from(parts)).trunc();
    let (premium, commission) = (share(line.premium), share(line.commission));
    let before = Decimal::from(parts - 1);
    let lines = (1..=parts).map(|part| {
        let (premium, commission) = if part < parts {
            (premium, commission)
        } else {
            (line.premium - premium * before, line.commission - commission * before)
        };
        Line { premium, commission, ..line.clone() }
    });
    let lines: Vec<Line> = lines.collect();
    let said = change("lines", Some("1".to_owned()), Some(parts.to_string()));
    Altered { about: (0..lines.len()).collect(), lines, changes: vec![said] }
}

/// The line stays, and another one that is the difference comes behind it.
fn second(line: Line, other: Line, said: Change) -> Altered {
    Altered { lines: vec![line, other], about: vec![1], changes: vec![said] }
}

fn changed(field: &'static str, was: Decimal, is: Decimal, line: Line) -> Altered {
    let said = change(field, Some(amount(was)), Some(amount(is)));
    Altered { lines: vec![line], about: vec![0], changes: vec![said] }
}

fn change(field: &'static str, was: Option<String>, is: Option<String>) -> Change {
    Change { field, was, is }
}

fn amount(amount: Decimal) -> String {
    format!("{amount:.2}")
}
