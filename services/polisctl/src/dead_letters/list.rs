//! Many records: one by one, or by what they fail of.

use clap::Args;
use polis_actors::admin::dead_letters::{Group, Letter, Wanted};
use serde::Serialize;

use crate::place::Place;
use crate::table::{Column, Table};

/// Longest reason in a list.
const LONGEST: usize = 160;

/// Which records are listed.
#[derive(Args)]
pub(crate) struct List {
    /// Only of that consumer.
    #[arg(long)]
    consumer: Option<String>,
    /// Only of that topic.
    #[arg(long)]
    topic: Option<String>,
    /// Only of that key.
    #[arg(long)]
    key: Option<String>,
    /// Only of that cause: decode, rejected, panicked, waiting, behind
    #[arg(long)]
    cause: Option<String>,
    /// Only in that state: waiting, parked, replaying, replayed, discarded
    #[arg(long)]
    state: Option<String>,
    /// Only those behind that number.
    #[arg(long)]
    after: Option<i64>,
    /// How many.
    #[arg(long, default_value_t = 50)]
    limit: i64,
    #[command(flatten)]
    place: Place,
}

/// Whose groups are shown.
#[derive(Args, Serialize)]
pub(crate) struct Groups {
    /// Only of that consumer.
    #[arg(long)]
    consumer: Option<String>,
    /// Only of that topic.
    #[arg(long)]
    topic: Option<String>,
    #[command(flatten)]
    #[serde(skip)]
    place: Place,
}

pub(super) async fn list(wanted: &List) -> anyhow::Result<()> {
    let List { consumer, topic, key, cause, state, after, limit, place } = wanted;
    let query = Wanted {
        consumer: consumer.clone(),
        topic: topic.clone(),
        key: key.clone(),
        cause: cause.clone(),
        state: state.clone(),
        after: *after,
        limit: Some(*limit),
    };
    let letters: Vec<Letter> = place.ask_by("/dead-letters", &query).await?;
    let mut table = Table::new([
        Column::Number("LETTER"),
        Column::Text("STATE"),
        Column::Text("CAUSE"),
        Column::Text("CONSUMER"),
        Column::Text("KEY"),
        Column::Text("PARTITION AND OFFSET"),
        Column::Text("SET ASIDE"),
        Column::Text("GROUP"),
    ])
    .or_say("no dead letters");
    for letter in &letters {
        let Letter { id, state, cause, consumer, key, partition, offset, parked_at, group, .. } = letter;
        table.row([
            id.to_string(),
            state.clone(),
            cause.clone(),
            consumer.clone(),
            key.clone(),
            format!("{partition} at {offset}"),
            format!("{parked_at:.0}"),
            group.clone(),
        ]);
        table.below(short(&letter.reason));
    }
    print!("{table}");
    if letters.len() as i64 == *limit
        && let Some(last) = letters.last()
    {
        println!("there may be more: --after {}", last.id);
    }
    Ok(())
}

pub(super) async fn groups(wanted: &Groups) -> anyhow::Result<()> {
    let groups: Vec<Group> = wanted.place.ask_by("/dead-letters/groups", wanted).await?;
    let mut table = Table::new([
        Column::Text("GROUP"),
        Column::Number("RECORDS"),
        Column::Number("KEYS"),
        Column::Text("CONSUMER"),
        Column::Text("CAUSE"),
        Column::Text("FIRST"),
        Column::Text("LAST"),
        Column::Number("EXAMPLE"),
    ])
    .or_say("no dead letters that are to be decided on");
    for found in &groups {
        let Group { group, consumer, cause, count, keys, first, last, example, .. } = found;
        table.row([
            group.clone(),
            count.to_string(),
            keys.to_string(),
            consumer.clone(),
            cause.clone(),
            format!("{first:.0}"),
            format!("{last:.0}"),
            example.to_string(),
        ]);
        table.below(short(&found.reason));
        if found.waiting > 0 {
            table.below(format!("{} of them are tried again by themselves", found.waiting));
        }
    }
    print!("{table}");
    Ok(())
}

/// The beginning of a reason, in one line.
fn short(reason: &str) -> String {
    let line = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
