//! Runs: listed, shown, compared, verified, closed.

use std::process::ExitCode;

use clap::Args;
use ins_comp_settlement::admin::runs::{Wanted, Who as Order};
use ins_comp_settlement::results::Comparison;
use ins_comp_settlement::runs::{Run, RunBreak, Verified};

use super::breaks::concerns;
use super::language::Language;
use super::totals::{self, maybe};
use crate::admin::Who;
use crate::place::Place;
use crate::table::{Column, Table};

/// Which runs are listed.
#[derive(Args)]
pub(crate) struct Runs {
    /// Only of that insurer.
    #[arg(long)]
    insurer: Option<String>,
    /// Only older ones than that number.
    #[arg(long)]
    before: Option<i64>,
    /// How many.
    #[arg(long, default_value_t = 30)]
    limit: i64,
    #[command(flatten)]
    place: Place,
}

/// A run.
#[derive(Args)]
pub(crate) struct One {
    /// Its number.
    run: i64,
    #[command(flatten)]
    place: Place,
}

/// A run and an earlier one.
#[derive(Args)]
pub(crate) struct Diff {
    /// The later run.
    run: i64,
    /// The earlier one; the last one of the same insurer and period when absent.
    earlier: Option<i64>,
    #[command(flatten)]
    language: Language,
    #[command(flatten)]
    place: Place,
}

/// The end of a period.
#[derive(Args)]
pub(crate) struct Closing {
    /// The number of the run.
    run: i64,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn list(wanted: &Runs) -> anyhow::Result<()> {
    let Runs { insurer, before, limit, place } = wanted;
    let query = Wanted { insurer: insurer.clone(), before: *before, limit: Some(*limit) };
    let runs: Vec<Run> = place.ask_by("/runs", &query).await?;
    let mut table = Table::new([
        Column::Number("RUN"),
        Column::Text("INSURER"),
        Column::Text("PERIOD"),
        Column::Text("STATE"),
        Column::Number("REGISTER"),
        Column::Number("POLICIES"),
        Column::Number("LINES"),
        Column::Number("BREAKS"),
        Column::Text("ORDERED"),
        Column::Text("BY"),
    ])
    .or_say("no runs");
    for run in runs {
        let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        let state = if run.closed.is_some() { format!("{}, closed", run.state) } else { run.state };
        table.row([
            run.id.to_string(),
            run.insurer_id,
            format!("{} to {}", run.period_from, run.period_to),
            state,
            run.register_id.to_string(),
            number(run.policies),
            (run.lines + run.unreadable).to_string(),
            number(run.breaks),
            format!("{:.0}", run.ordered_at),
            run.ordered_by,
        ]);
        if let Some(error) = run.error {
            table.below(error);
        }
    }
    print!("{table}");
    Ok(())
}

pub(super) async fn show(one: &One) -> anyhow::Result<()> {
    let run: Run = one.place.ask(&format!("/runs/{}", one.run)).await?;
    totals::print(&run);
    let why = if run.why.is_empty() { String::new() } else { format!(": {}", run.why) };
    println!("\nordered at {:.0} by {} ({}){why}", run.ordered_at, run.ordered_by, run.cause);
    println!("register {}", run.register_sha256);
    if let (Some(hash), Some(frozen)) = (&run.rules_sha256, run.frozen_at) {
        println!("rules    {hash}, frozen at {frozen:.0}");
    }
    if let Some(positions) = &run.positions {
        println!("topics   {positions}");
    }
    if let Some(error) = &run.error {
        println!("error    {error}");
    }
    Ok(())
}

pub(super) async fn diff(diff: &Diff) -> anyhow::Result<()> {
    let with = diff.earlier.map(|earlier| format!("?with={earlier}")).unwrap_or_default();
    let found: Comparison = diff.place.ask(&format!("/runs/{}/compare{with}", diff.run)).await?;
    let Comparison { earlier, later, new, gone, changed, same, unlisted, .. } = &found;
    println!("run {later} beside run {earlier}:");
    let mut table = Table::new([
        Column::Text(""),
        Column::Text("KIND"),
        Column::Text("POLICIES OR LINES"),
        Column::Number("OURS"),
        Column::Number("THEIRS"),
        Column::Number("DIFFERENCE"),
    ]);
    let mut row = |mark: &str, found: &RunBreak, explained: bool| {
        let RunBreak { kind, ours, theirs, difference, explanation_ru, explanation_en, .. } = found;
        let about = concerns(&found.policies, &found.lines);
        table.row([mark.to_owned(), kind.clone(), about, maybe(*ours), maybe(*theirs), maybe(*difference)]);
        if explained {
            table.below(diff.language.of(explanation_ru, explanation_en));
        }
    };
    new.iter().for_each(|found| row("new", found, true));
    gone.iter().for_each(|found| row("gone", found, false));
    for changed in changed {
        row("was", &changed.before, false);
        row("is", &changed.after, true);
    }
    if !(new.is_empty() && gone.is_empty() && changed.is_empty()) {
        print!("{table}");
    }
    println!("{} new, {} gone, {} changed, {same} the same", new.len(), gone.len(), changed.len());
    if *unlisted > 0 {
        println!("and {unlisted} more that are not listed");
    }
    Ok(())
}

pub(super) async fn verify(one: &One) -> anyhow::Result<ExitCode> {
    let Verified { same, result_sha256, again } =
        one.place.tell(&format!("/runs/{}/verify", one.run), &serde_json::json!({})).await?;
    if same {
        println!("the same input gives the same result: {result_sha256}");
        return Ok(ExitCode::SUCCESS);
    }
    println!("THE RESULT IS ANOTHER ONE\n  it is   {again}\n  it was  {result_sha256}");
    Ok(ExitCode::FAILURE)
}

/// Closes the period of a run, or opens it again.
pub(super) async fn close(closing: &Closing, what: &str) -> anyhow::Result<()> {
    let Closing { run, who, place } = closing;
    let order = Order { by: who.by.clone(), why: who.why.clone() };
    let run: Run = place.tell(&format!("/runs/{run}/{what}"), &order).await?;
    let state = if run.closed.is_some() { "closed" } else { "open" };
    println!("{} to {} of {} is {state}", run.period_from, run.period_to, run.insurer_id);
    Ok(())
}
