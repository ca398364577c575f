//! The breaks one by one, as many as are read on paper. Where there are more, all of them are in the annex, which the act names by its
//! hash: what is signed is what the annex says.

use polis_document::{Column, Layout, Row, russian};

use super::{CELL, SECTION, TEXT};
use crate::results::annex::{self, Sealed};
use crate::results::error::ExportError;
use crate::results::export::{Format, name};
use crate::results::names;
use crate::results::subject::Subject;
use crate::runs::RunBreak;

/// Breaks on paper: about ten pages.
const MOST: usize = 200;
/// Policies or lines of a break on paper.
const MOST_NUMBERS: usize = 6;

const COLUMNS: [Column; 5] = [
    Column { name: "№", part: 0.5, right: true },
    Column { name: "Вид", part: 1.4, right: false },
    Column { name: "Полисы, строки", part: 1.6, right: false },
    Column { name: "Разница", part: 1.2, right: true },
    Column { name: "Объяснение", part: 3.6, right: false },
];

/// What is on paper, and what all of it is.
pub(super) struct Appendix {
    printed: Vec<RunBreak>,
    annex: Sealed,
}

impl Appendix {
    /// Reads all of them, and keeps those that are printed.
    pub(super) fn of(breaks: impl Iterator<Item = RunBreak>) -> Result<Self, ExportError> {
        let mut printed = Vec::new();
        let annex = annex::seal(breaks.inspect(|found| {
            if printed.len() < MOST {
                printed.push(found.clone());
            }
        }))?;
        Ok(Self { printed, annex })
    }

    /// Where the breaks are: stands above the signatures.
    pub(super) fn refer(&self, layout: &mut Layout<'_>, subject: &Subject) {
        let Sealed { lines, sha256 } = self.annex;
        if lines == 0 {
            return;
        }
        layout.space(6.0);
        if lines <= MOST {
            layout.text(&format!("Перечень всех расхождений ({lines}) — в приложении к настоящему акту."), TEXT);
            return;
        }
        let file = name(&subject.run, Format::Annex);
        let all = format!(
            "Перечень всех расхождений — приложение к настоящему акту в электронном виде, которое составляет с ним одно целое: \
             файл {file}, строк без заголовка: {lines}, SHA-256 файла:"
        );
        layout.text(&all, TEXT);
        layout.text(&sha256.to_string(), CELL);
        layout.text(&format!("На бумаге приведены первые {MOST} из них."), TEXT);
    }

    /// On pages of their own, when there are breaks.
    pub(super) fn write(self, layout: &mut Layout<'_>, subject: &Subject) {
        let run = &subject.run;
        let all = self.annex.lines;
        if all == 0 {
            return;
        }
        layout.overleaf();
        layout.heading(&format!("Приложение к акту сверки № {}. Перечень расхождений", run.id), SECTION);
        layout.space(4.0);
        layout.text("«У нас» в объяснениях значит: по данным Агента.", TEXT);
        layout.space(6.0);
        layout.table(&COLUMNS, self.printed.into_iter().map(|found| row(found, &run.currency)), CELL);
        if all > MOST {
            layout.space(6.0);
            let file = name(run, Format::Annex);
            layout.text(&format!("Ещё {} — в файле {file}, где приведены все {all}.", all - MOST), TEXT);
        }
    }
}

fn row(found: RunBreak, currency: &str) -> Row {
    let difference = found.difference.map(|amount| russian::amount(amount, currency)).unwrap_or_default();
    let (kind, concerns) = (names::kind_named(&found.kind).to_owned(), concerns(&found));
    Row { cells: vec![found.ordinal.to_string(), kind, concerns, difference, found.explanation_ru], strong: false }
}

fn concerns(found: &RunBreak) -> String {
    let lines: Vec<String> = found.lines.iter().map(i64::to_string).collect();
    let noun = if lines.len() == 1 { "строка" } else { "строки" };
    let lines = (!lines.is_empty()).then(|| format!("{noun} {}", some(&lines)));
    (!found.policies.is_empty()).then(|| some(&found.policies)).into_iter().chain(lines).collect::<Vec<_>>().join("; ")
}

fn some(all: &[String]) -> String {
    let shown = all[..all.len().min(MOST_NUMBERS)].join(", ");
    if all.len() > MOST_NUMBERS { format!("{shown} и ещё {}", all.len() - MOST_NUMBERS) } else { shown }
}
