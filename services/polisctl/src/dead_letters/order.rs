//! Orders about records: planned, replayed, discarded; and waiting for a replay.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use polis_actors::admin::dead_letters::{self as api, Ask, Cause, Discarded, Key};
use polis_actors::admin::replays;

use super::select::Select;
use crate::admin::Who;
use crate::place::Place;
use crate::table::{Column, Table};

/// Between two looks at a replay.
const LOOK: Duration = Duration::from_millis(200);

/// What is planned for.
#[derive(Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    select: Select,
    /// As if those that have failed often were tried again too.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    place: Place,
}

/// What is replayed.
#[derive(Args)]
pub(crate) struct Replay {
    #[command(flatten)]
    select: Select,
    /// Those that have failed often are tried again too.
    #[arg(long)]
    force: bool,
    /// Most records a second.
    #[arg(long, default_value_t = 1000)]
    per_second: i32,
    /// Does not wait until it is done.
    #[arg(long)]
    detach: bool,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    place: Place,
}

/// What is discarded.
#[derive(Args)]
pub(crate) struct Discard {
    #[command(flatten)]
    select: Select,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn plan(order: Plan) -> anyhow::Result<()> {
    let Plan { select, force, place } = order;
    let plan: api::Plan = place.tell("/dead-letters/plan", &Ask { selection: select.selection(), force }).await?;
    print!("{}", told(&plan));
    Ok(())
}

fn told(plan: &api::Plan) -> String {
    if plan.of_keys == 0 {
        return "nothing that is not decided on is selected\n".to_owned();
    }
    let mut table = Table::new([
        Column::Text("KEY"),
        Column::Text("PARTITION"),
        Column::Text("OFFSETS"),
        Column::Number("REPLAYED"),
        Column::Number("FOLLOW"),
        Column::Number("REFUSED"),
        Column::Number("HELD"),
        Column::Number("STAY"),
    ]);
    for key in &plan.keys {
        let Key { partition, first_offset, last_offset, chosen, behind, refused, held, .. } = key;
        table.row([
            key.key.clone(),
            partition.to_string(),
            if first_offset == last_offset {
                first_offset.to_string()
            } else {
                format!("{first_offset} to {last_offset}")
            },
            chosen.to_string(),
            behind.to_string(),
            refused.to_string(),
            held.to_string(),
            (key.untouched + key.replaying).to_string(),
        ]);
    }
    let mut text = table.to_string();
    let unnamed = plan.of_keys - i64::try_from(plan.keys.len()).unwrap_or_default();
    if unnamed > 0 {
        text += &format!("and {unnamed} keys more\n");
    }
    let api::Plan { chosen, behind, replaying, refused, held, of_keys, causes, .. } = plan;
    text += &format!(
        "\n{} records of {of_keys} keys would be applied, {behind} of them because they wait behind\n",
        chosen + behind
    );
    for Cause { cause, count } in causes {
        text += &format!("  {cause}: {count}\n");
    }
    for (count, what) in [
        (refused, "have failed too often; --force tries them again"),
        (held, "wait behind records that would not be applied"),
        (replaying, "are being replayed by another order"),
    ] {
        if *count > 0 {
            text += &format!("{count} {what}\n");
        }
    }
    text
}

pub(super) async fn replay(order: Replay) -> anyhow::Result<ExitCode> {
    let Replay { select, force, per_second, detach, who, place } = order;
    let order = api::Replay { selection: select.selection(), per_second, force, by: who.by, why: who.why };
    let ordered: replays::Replay = place.tell("/dead-letters/replay", &order).await?;
    carried_out(&place, ordered, detach).await
}

pub(super) async fn discard(order: Discard) -> anyhow::Result<()> {
    let Discard { select, who, place } = order;
    let order = api::Discard { selection: select.selection(), by: who.by, why: who.why };
    let Discarded { discarded, left } = place.tell("/dead-letters/discard", &order).await?;
    println!("{discarded} discarded");
    if left > 0 {
        println!("{left} others of the same keys are not decided on: their keys wait until they are");
    }
    Ok(())
}

/// Waits for an order, unless nobody wants to, and says how it went. A failure is one of the command too.
pub(crate) async fn carried_out(place: &Place, ordered: replays::Replay, detach: bool) -> anyhow::Result<ExitCode> {
    if detach {
        println!("ordered as replay {}", ordered.id);
        return Ok(ExitCode::SUCCESS);
    }
    let ended = ended(place, ordered).await?;
    let replays::Replay { id, state, applied, failed, left_out, .. } = &ended;
    println!("replay {id} is {state}: {applied} applied, {failed} failed, {left_out} left out");
    if let Some(failure) = &ended.first_failure {
        println!("first failure: {failure}");
    }
    Ok(if ended.failed == 0 && state == "done" { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The order, once it has ended. Shows how far it is.
async fn ended(place: &Place, mut replay: replays::Replay) -> anyhow::Result<replays::Replay> {
    let style = ProgressStyle::with_template("{spinner} {msg} {bar:30} {pos}/{len}")?;
    let bar = ProgressBar::new(0).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(100));
    while replay.state == "running" {
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        bar.set_length(count(replay.total));
        bar.set_position(count(replay.done));
        bar.set_message(format!("replay {}: {} applied, {} failed", replay.id, replay.applied, replay.failed));
        tokio::time::sleep(LOOK).await;
        replay = place.ask(&format!("/replays/{}", replay.id)).await?;
    }
    bar.finish_and_clear();
    Ok(replay)
}
