//! Orders to apply something again: listed, shown, cancelled; a range of a topic is ordered here.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use polis_actors::admin::replays::{Cancel, Part, Position, Replay, TopicRange, Wanted, Whole};

use crate::admin::Who;
use crate::dead_letters::carried_out;
use crate::place::Place;
use crate::table::{Column, Table};

/// What can be done about replays.
#[derive(Subcommand)]
pub(crate) enum Replays {
    /// Lists orders, newest first: who wanted what and why, and how far it is.
    List {
        /// Only older ones than that number.
        #[arg(long)]
        before: Option<i64>,
        /// How many.
        #[arg(long, default_value_t = 20)]
        limit: i64,
        #[command(flatten)]
        place: Place,
    },
    /// Shows an order, partition by partition.
    Show {
        /// Its number.
        id: i64,
        #[command(flatten)]
        place: Place,
    },
    /// Goes through a range of a topic once more, in the running service: what has not had its effects has them. What is newer than
    /// what the consumer has seen is left to it.
    Topic(Topic),
    /// Ends an order. What was applied stays applied; dead letters that were not reached are parked again.
    Cancel {
        /// Its number.
        id: i64,
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        place: Place,
    },
}

/// Which range.
#[derive(Args)]
pub(crate) struct Topic {
    /// Who applies it: policies, products, catalogue, payments.
    #[arg(long)]
    consumer: String,
    /// The topic.
    #[arg(long)]
    topic: String,
    /// Only that partition.
    #[arg(long)]
    partition: Option<i32>,
    /// From that offset or time on, as in 2026-11-25T12:03:00Z; without it, from the first record that is left.
    #[arg(long)]
    from: Option<Position>,
    /// Up to that offset or time, not included; without it, as far as the consumer is.
    #[arg(long)]
    to: Option<Position>,
    /// Most records a second.
    #[arg(long, default_value_t = 1000)]
    per_second: i32,
    /// Records that have had their effects have them again.
    #[arg(long)]
    force: bool,
    /// Does not wait until it is done.
    #[arg(long)]
    detach: bool,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    place: Place,
}

pub(crate) async fn run(command: Replays) -> anyhow::Result<ExitCode> {
    match command {
        Replays::List { before, limit, place } => {
            let replays: Vec<Replay> = place.ask_by("/replays", &Wanted { before, limit: Some(limit) }).await?;
            print!("{}", table(&replays));
        }
        Replays::Show { id, place } => show(&place.ask(&format!("/replays/{id}")).await?),
        Replays::Topic(order) => return topic(order).await,
        Replays::Cancel { id, who, place } => {
            let order = Cancel { by: who.by, why: who.why };
            let replay: Replay = place.tell(&format!("/replays/{id}/cancel"), &order).await?;
            println!("replay {id} is {}: {} were applied", replay.state, replay.applied);
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn topic(order: Topic) -> anyhow::Result<ExitCode> {
    let Topic { consumer, topic, partition, from, to, per_second, force, detach, who, place } = order;
    let order = TopicRange { consumer, topic, partition, from, to, per_second, force, by: who.by, why: who.why };
    let ordered: Replay = place.tell("/replays", &order).await?;
    carried_out(&place, ordered, detach).await
}

fn table(replays: &[Replay]) -> Table {
    let mut table = Table::new([
        Column::Number("REPLAY"),
        Column::Text("STATE"),
        Column::Text("OF"),
        Column::Text("CONSUMER"),
        Column::Text("ORDERED"),
        Column::Text("BY"),
        Column::Number("DONE"),
        Column::Number("APPLIED"),
        Column::Number("FAILED"),
        Column::Number("LEFT OUT"),
    ])
    .or_say("no replays");
    for replay in replays {
        let Replay { id, state, kind, consumer, ordered_at, by, applied, failed, left_out, .. } = replay;
        table.row([
            id.to_string(),
            state.clone(),
            kind.clone(),
            consumer.clone(),
            format!("{ordered_at:.0}"),
            by.clone(),
            format!("{}/{}", replay.done, replay.total),
            applied.to_string(),
            failed.to_string(),
            left_out.to_string(),
        ]);
        table.below(replay.what.to_string());
        if !replay.why.is_empty() {
            table.below(replay.why.clone());
        }
        if let Some(failure) = &replay.first_failure {
            table.below(failure.clone());
        }
    }
    table
}

fn show(whole: &Whole) {
    print!("{}", table(std::slice::from_ref(&whole.replay)));
    let mut parts = Table::new([
        Column::Number("PARTITION"),
        Column::Text("STATE"),
        Column::Text("OFFSETS"),
        Column::Number("NEXT"),
        Column::Number("APPLIED"),
        Column::Number("FAILED"),
        Column::Number("LEFT OUT"),
    ])
    .or_say("no partition is concerned");
    for part in &whole.partitions {
        let Part { partition, from, to, next, applied, failed, left_out, finished_at, .. } = part;
        parts.row([
            partition.to_string(),
            if finished_at.is_some() { "ended" } else { "open" }.to_owned(),
            from.zip(*to).map(|(from, to)| format!("{from} to {to}")).unwrap_or_default(),
            next.map(|next| next.to_string()).unwrap_or_default(),
            applied.to_string(),
            failed.to_string(),
            left_out.to_string(),
        ]);
        if let Some(failure) = &part.first_failure {
            parts.below(failure.clone());
        }
    }
    print!("\n{parts}");
}
