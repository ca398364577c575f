//! What a run came to, in figures.

use std::fmt::Write;

use ins_comp_settlement::matching::{Kind, Part, Place, Stage, Sums, Totals};
use ins_comp_settlement::runs::Run;
use rust_decimal::Decimal;

use crate::table::{Column, Table};

/// Where policies and lines end up, in the order in which a person reads it.
const PLACES: [(Place, &str); 8] = [
    (Place::Agreed, "agreed"),
    (Place::Differing, "differing"),
    (Place::MissingAtInsurer, "missing at the insurer"),
    (Place::MissingAtUs, "missing at us"),
    (Place::Duplicate, "duplicates"),
    (Place::Ambiguous, "ambiguous"),
    (Place::Unreadable, "unreadable"),
    (Place::NotDueYet, "not due yet"),
];

/// Prints a run and what it came to.
pub(super) fn print(run: &Run) {
    println!("{}", head(run));
    if let Some(totals) = &run.totals {
        println!("\n{}", sides(totals));
        println!("{}", found(totals));
    }
}

fn head(run: &Run) -> String {
    let Run { id, insurer_id, period_from, period_to, register_id, file_name, state, .. } = run;
    let mut head =
        format!("run {id}: {insurer_id}, {period_from} to {period_to}, register {register_id} ({file_name}), {state}");
    if let Some((started, finished)) = run.started_at.zip(run.finished_at) {
        // Writing into a string cannot fail.
        let _ = write!(head, " in {:.1} s", finished.duration_since(started).as_secs_f64());
    }
    if let (Some(today), Some(version)) = (run.today, &run.rules_version) {
        let _ = write!(head, "\nas of {today}, by version {version} of the rules");
    }
    if let Some(hash) = &run.result_sha256 {
        let _ = write!(head, "\nresult {hash}");
    }
    if let Some(closed) = &run.closed {
        let _ = write!(head, "\nits period was closed at {:.0} by {}: {}", closed.at, closed.by, closed.why);
    }
    head
}

/// Both sides, by where everything ended up.
fn sides(totals: &Totals) -> Table {
    let mut table = Table::new([
        Column::Text(""),
        Column::Number("POLICIES"),
        Column::Number("PREMIUM"),
        Column::Number("COMMISSION"),
        Column::Number("REFUND"),
        Column::Number("LINES"),
        Column::Number("PREMIUM"),
        Column::Number("COMMISSION"),
        Column::Number("REFUND"),
    ]);
    let mut row = |name: &str, part: &Part| {
        let cells = [&part.ours, &part.theirs].into_iter().flat_map(amounts);
        table.row([name.to_owned()].into_iter().chain(cells));
    };
    for (place, name) in PLACES {
        if let Some(part) = totals.places.get(&place) {
            row(name, part);
        }
    }
    row("together", &totals.went_in);
    table
}

fn amounts(sums: &Sums) -> [String; 4] {
    let Sums { count, premium, commission, refund } = sums;
    [count.to_string(), amount(*premium), amount(*commission), amount(*refund)]
}

/// Breaks by kind, and how matches were made.
fn found(totals: &Totals) -> String {
    let mut text = String::new();
    let mut table = Table::new([
        Column::Text("BREAKS"),
        Column::Number("COUNT"),
        Column::Number("OURS"),
        Column::Number("THEIRS"),
        Column::Number("DIFFERENCE"),
    ]);
    for (kind, tally) in &totals.breaks {
        let name = if kind.is_break() { kind.to_string() } else { format!("({kind}, no break)") };
        table.row([name, tally.count.to_string(), amount(tally.ours), amount(tally.theirs), amount(tally.difference)]);
    }
    if totals.breaks.keys().any(|kind: &Kind| kind.is_break()) || !totals.breaks.is_empty() {
        let _ = writeln!(text, "{table}");
    }
    if totals.break_count() == 0 {
        let _ = writeln!(text, "no breaks: both sides say the same");
    }
    let stages = totals.matches.iter().map(|(stage, count): (&Stage, &u64)| format!("{count} by {}", words(*stage)));
    let _ = writeln!(text, "matched: {}", stages.collect::<Vec<_>>().join(", "));
    let tolerated = &totals.tolerated;
    let within = [("premium", tolerated.premium), ("commission", tolerated.commission), ("refund", tolerated.refund)];
    let within = within.into_iter().filter(|(_, sum)| !sum.is_zero());
    let within: Vec<String> = within.map(|(what, sum)| format!("{what} {}", amount(sum))).collect();
    if !within.is_empty() {
        let _ = writeln!(text, "differences behind no break: {}", within.join(", "));
    }
    if totals.off_tariff > 0 {
        let _ = writeln!(text, "agreed at another premium than that of the tariff: {}", totals.off_tariff);
    }
    text.trim_end().to_owned()
}

fn words(stage: Stage) -> &'static str {
    match stage {
        Stage::ExactNumber => "the number",
        Stage::NormalisedNumber => "the number in another writing",
        Stage::NamedTogether => "several numbers in one line",
        Stage::Attributes => "everything but the number",
    }
}

/// An amount, as all tables have it.
pub(super) fn amount(amount: Decimal) -> String {
    format!("{amount:.2}")
}

/// An amount that may be absent.
pub(super) fn maybe(amount: Option<Decimal>) -> String {
    amount.map(self::amount).unwrap_or_default()
}
