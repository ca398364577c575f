//! The result of a small run with something of many kinds, for tests to write and read back.

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use super::listed::Listed;
use super::parties::Party;
use super::subject::Subject;
use crate::matching::{Merge, Outcome, Period, Policy, Rules, Run, Totals};
use crate::register::{Line, Reason, Unreadable};
use crate::runs::RunBreak;

const RULES: &str = "version = \"1\"\ncommission = { per_cent = \"10\" }\ncut_off = { days_before_end = 5 }";

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn policy(number: &str, issued_on: &str) -> Policy {
    Policy {
        number: number.to_owned(),
        application_id: Uuid::nil(),
        product_id: "travel-eu".to_owned(),
        tariff: ("base".to_owned(), 2),
        premium: Decimal::from(3650),
        expected_premium: Some(Decimal::from(3650)),
        issued_on: day(issued_on),
        starts_on: day("2026-11-25"),
        ends_on: day("2027-11-24"),
        cancelled_from: None,
        refund: Decimal::ZERO,
    }
}

fn line(number: u64, policy_number: &str, premium: &str) -> Line {
    let premium: Decimal = premium.parse().unwrap();
    let commission = Some(Decimal::from(365));
    Line { number, policy_number: policy_number.to_owned(), premium, commission, ..Line::default() }
}

/// One agrees; a premium and a day differ; one is missing on each side, one line cannot be read, one policy is not due yet. The
/// number of the line that we have not sold is a formula to a spreadsheet.
fn settled() -> (Totals, Vec<Outcome>) {
    let sold = [("PL-1", "2026-11-02"), ("PL-2", "2026-11-03"), ("PL-3", "2026-11-04"), ("PL-4", "2026-11-05")];
    let policies = sold.into_iter().chain([("PL-5", "2026-11-29")]).map(|(number, issued)| policy(number, issued));
    let mut lines =
        vec![line(5, "=1+1", "70.05"), line(1, "PL-1", "3650"), line(2, "PL-2", "3740.10"), line(4, "PL-4", "3650")];
    lines[3].starts_on = Some(day("2026-12-25"));
    let period = Period { from: day("2026-11-01"), to: day("2026-11-30") };
    let run = Run { currency: "RUB".to_owned(), period, today: day("2026-12-02"), most_left_over: 100 };
    let wrong = vec![("Страховая премия".to_owned(), Reason::NoAmount { text: "сто".to_owned(), mark: ',' })];
    let mut out = Vec::new();
    let mut merge = Merge::new(&run, toml::from_str::<Rules>(RULES).unwrap()).unwrap();
    merge.unreadable(&Unreadable { number: 6, sheet: None, wrong, text: "PL-6;сто".to_owned() }, &mut out);
    merge.policies(policies, &mut out).unwrap();
    merge.policies([], &mut out).unwrap();
    merge.lines(lines, &mut out).unwrap();
    merge.lines([], &mut out).unwrap();
    (merge.finish(&mut out).unwrap(), out)
}

/// What was found, open and with an owner whose name is a formula.
pub(super) fn breaks() -> Vec<Listed> {
    let found = settled().1.into_iter().filter_map(|outcome| match outcome {
        Outcome::Break(found) | Outcome::NotDue(found) => Some(*found),
        Outcome::Match(_) => None,
    });
    let listed = |(ordinal, found): (i64, crate::matching::Break)| Listed {
        found: RunBreak {
            ordinal,
            break_id: found.id.to_string(),
            kind: found.kind.to_string(),
            policies: found.policies,
            lines: found.lines.into_iter().map(|line| i64::try_from(line).unwrap()).collect(),
            ours: found.amounts.ours,
            theirs: found.amounts.theirs,
            difference: found.amounts.difference,
            tariff_says: found.tariff_says.map(|says| says.as_str().to_owned()),
            explanation_ru: found.explanation.ru,
            explanation_en: found.explanation.en,
        },
        state: found.kind.is_break().then(|| "open".to_owned()),
        owner: Some("@olga".to_owned()),
    };
    (1..).zip(found).map(listed).collect()
}

pub(super) fn subject() -> Subject {
    let totals = settled().0;
    let run = json!({
        "id": 7, "register_id": 3, "insurer_id": "ural-polis", "period_from": "2026-11-01", "period_to": "2026-11-30",
        "currency": "RUB", "state": "done", "cause": "order", "ordered_at": "2026-12-02T09:00:00Z", "ordered_by": "olga",
        "why": "", "attempts": 1, "today": "2026-12-02", "lines": 4, "unreadable": 1, "file_name": "november.csv",
        "register_sha256": "ab12".repeat(16), "done_policies": 5, "done_lines": 5, "finished_at": "2026-12-02T09:00:05Z",
        "breaks": totals.break_count(), "totals": totals, "result_sha256": "cd34",
    });
    let insurer = Party {
        legal_name: "Акционерное общество «Урал-Полис»".to_owned(),
        inn: "0000000113".to_owned(),
        signatory: "Климов А. В.".to_owned(),
        position: "Финансовый директор".to_owned(),
    };
    Subject {
        run: serde_json::from_value(run).unwrap(),
        totals,
        us: Party { legal_name: "ООО «Полис»".to_owned(), ..Party::default() },
        insurer,
        contract: "Агентский договор № УП-7/2026".to_owned(),
    }
}
