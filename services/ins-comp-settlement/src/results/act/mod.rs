//! The act of reconciliation (акт сверки), to be printed and signed: PDF, in Russian. It says what the run has counted and
//! nothing of what was decided since: the same result is the same act.

mod appendix;
mod tables;

use std::io::Write;

use polis_document::{About, Column, DocumentError, Ink, Layout, Row, Style, Typefaces, Weight, russian, words};
use rust_decimal::Decimal;

use self::appendix::Appendix;
use super::annex;
use super::error::ExportError;
use super::listed::Listed;
use super::parties::Party;
use super::subject::Subject;
use crate::matching::Sums;

const TITLE: Style = Style { weight: Weight::Bold, size: 15.0, ink: Ink::Black };
const SECTION: Style = Style { weight: Weight::Bold, size: 11.0, ink: Ink::Blue };
const TEXT: Style = Style { weight: Weight::Regular, size: 9.5, ink: Ink::Black };
const STRONG: Style = Style { weight: Weight::Bold, ..TEXT };
const CELL: Style = Style { size: 9.0, ..TEXT };
const SMALL: Style = Style { weight: Weight::Regular, size: 8.0, ink: Ink::Grey };

/// How high the balance and the signatures are together.
const SIGNED: f32 = 210.0;

/// What is written by hand.
const BLANK: &str = "____________________";

/// The act.
pub(super) fn write(
    mut to: impl Write, subject: &Subject, breaks: impl Iterator<Item = Listed>,
) -> Result<(), ExportError> {
    let appendix = Appendix::of(annex::of(breaks))?;
    let bytes = render(subject, appendix).map_err(ExportError::content)?;
    to.write_all(&bytes).map_err(ExportError::content)
}

fn render(subject: &Subject, appendix: Appendix) -> Result<Vec<u8>, DocumentError> {
    let typefaces = Typefaces::open()?;
    let mut layout = Layout::new(&typefaces);
    let run = &subject.run;
    let (from, to) = (russian::date(run.period_from), russian::date(run.period_to));
    layout.centred(&format!("Акт сверки № {}", run.id), TITLE);
    layout.centred(&format!("расчётов по договорам страхования за период с {from} по {to}"), STRONG);
    layout.space(12.0);
    head(&mut layout, subject);
    layout.space(10.0);
    let today = run.today.map(|day| format!(" на {}", russian::date(day))).unwrap_or_default();
    layout.heading(&format!("1. Данные сторон{today}"), SECTION);
    tables::sides(&mut layout, subject);
    layout.space(10.0);
    layout.heading("2. Расхождения", SECTION);
    tables::kinds(&mut layout, subject);
    appendix.refer(&mut layout, subject);
    layout.space(10.0);
    // What is signed and the signatures stand on the same page.
    layout.keep(SIGNED);
    layout.heading("3. Сальдо", SECTION);
    layout.space(4.0);
    balance(&mut layout, subject);
    layout.space(14.0);
    signatures(&mut layout, subject);
    appendix.write(&mut layout, subject);
    let foot = |page: usize, all: usize| {
        format!("Акт сверки № {}, {}, {from}–{to} · страница {page} из {all}", run.id, subject.insurer.legal_name)
    };
    let about = About {
        title: format!("Акт сверки № {}", run.id),
        subject: format!("{}, {from}–{to}", subject.insurer.legal_name),
        author: subject.us.legal_name.clone(),
        created: run.finished_at.unwrap_or(run.ordered_at),
    };
    layout.pdf(&about, foot, SMALL)
}

fn head(layout: &mut Layout<'_>, subject: &Subject) {
    let Subject { run, us, insurer, contract, .. } = subject;
    layout.field("Агент", &party(us), STRONG);
    layout.field("Страховщик", &party(insurer), STRONG);
    layout.field("Основание", written(contract), TEXT);
    layout.field("Реестр Страховщика", &format!("{}, SHA-256 {}", run.file_name, run.register_sha256), CELL);
}

fn party(party: &Party) -> String {
    format!("{}, ИНН\u{a0}{}", written(&party.legal_name), written(&party.inn))
}

fn written(text: &str) -> &str {
    if text.is_empty() { BLANK } else { text }
}

/// What the agent owes the insurer by one side: premiums, without the agent's commission and what was paid back for the insurer.
fn due(sums: &Sums) -> Decimal {
    sums.premium - sums.commission - sums.refund
}

fn balance(layout: &mut Layout<'_>, subject: &Subject) {
    let (went_in, currency) = (&subject.totals.went_in, &subject.run.currency);
    let said = |amount: Decimal| format!("{} ({})", russian::amount(amount, currency), words::amount(amount, currency));
    let (ours, theirs) = (due(&went_in.ours), due(&went_in.theirs));
    layout.text(&format!("К перечислению Страховщику по данным Агента: {}.", said(ours)), TEXT);
    layout.text(&format!("К перечислению Страховщику по данным Страховщика: {}.", said(theirs)), TEXT);
    let difference = match ours - theirs {
        none if none.is_zero() => "Данные сторон сходятся, разницы нет.".to_owned(),
        more if more.is_sign_positive() => format!("Данные Агента больше на {}.", said(more)),
        less => format!("Данные Страховщика больше на {}.", said(less.abs())),
    };
    layout.text(&difference, STRONG);
}

fn signatures(layout: &mut Layout<'_>, subject: &Subject) {
    let column = Column { name: "", part: 1.0, right: false };
    let (us, insurer) = (&subject.us, &subject.insurer);
    let row = |ours: String, theirs: String, strong| Row { cells: vec![ours, theirs], strong };
    let signs = |party: &Party| format!("{BLANK} / {} /", written(&party.signatory));
    let stamp = || "М.\u{a0}П.     «____»\u{a0}______________\u{a0}20___\u{a0}г.".to_owned();
    let rows = [
        row("От Агента".to_owned(), "От Страховщика".to_owned(), true),
        row(us.legal_name.clone(), insurer.legal_name.clone(), false),
        row(written(&us.position).to_owned(), written(&insurer.position).to_owned(), false),
        row(signs(us), signs(insurer), false),
        row(stamp(), stamp(), false),
    ];
    layout.table(&[column, column], rows, TEXT);
}

#[cfg(test)]
#[path = "../tests/act.rs"]
mod tests;
