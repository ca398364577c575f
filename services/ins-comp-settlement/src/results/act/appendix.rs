//! The breaks one by one, as many as are read on paper. The rest is in the file of the same result.

use polis_document::{Column, Layout, Row, russian};

use super::{CELL, SECTION, TEXT};
use crate::matching::Kind;
use crate::results::listed::Listed;
use crate::results::names;
use crate::results::subject::Subject;
use crate::runs::RunBreak;

/// Breaks on paper.
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

/// On pages of their own, when there are breaks.
pub(super) fn write(layout: &mut Layout<'_>, subject: &Subject, breaks: impl Iterator<Item = Listed>) {
    let run = &subject.run;
    let all = usize::try_from(subject.totals.break_count()).unwrap_or(usize::MAX);
    if all == 0 {
        return;
    }
    layout.overleaf();
    layout.heading(&format!("Приложение к акту сверки № {}. Перечень расхождений", run.id), SECTION);
    layout.space(4.0);
    layout.text("«У нас» в объяснениях значит: по данным Агента.", TEXT);
    layout.space(6.0);
    let breaks = breaks.map(|listed| listed.found).filter(|found| found.kind != Kind::NotDueYet.as_str());
    layout.table(&COLUMNS, breaks.take(MOST).map(|found| row(found, &run.currency)), CELL);
    if all > MOST {
        layout.space(6.0);
        let hash = run.result_sha256.as_deref().unwrap_or_default();
        let rest = format!(
            "Ещё {} — в перечне расхождений сверки № {} в электронном виде (CSV, XLSX), который составляет с этим актом одно \
             целое. SHA-256 результата: {hash}.",
            all - MOST,
            run.id
        );
        layout.text(&rest, TEXT);
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
