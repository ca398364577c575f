//! One record, with everything that is kept of it.

use clap::Args;
use polis_actors::admin::dead_letters::{Said, Whole};

use crate::place::Place;

/// Which record is shown.
#[derive(Args)]
pub(crate) struct Show {
    /// Its number in the list.
    id: i64,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn show(wanted: &Show) -> anyhow::Result<()> {
    let whole: Whole = wanted.place.ask(&format!("/dead-letters/{}", wanted.id)).await?;
    print!("{}", told(&whole));
    Ok(())
}

fn told(whole: &Whole) -> String {
    let letter = &whole.letter;
    let mut text = format!("dead letter {}: {}, {}\n", letter.id, letter.state, letter.cause);
    let mut line = |name: &str, value: &str| text += &format!("  {name:<11} {value}\n");
    line("reason", &letter.reason);
    line("record", &format!("{} partition {} offset {}", letter.topic, letter.partition, letter.offset));
    line("key", &letter.key);
    line("event", &whole.event_id.map_or_else(|| "has no id".to_owned(), |id| id.to_string()));
    line("produced", &format!("{:.3}", whole.record_time));
    line("set aside", &format!("{:.3} by {}", letter.parked_at, letter.consumer));
    line("group", &letter.group);
    let tries = if letter.tries > 0 { format!(", {} by itself", letter.tries) } else { String::new() };
    line("tried", &format!("{} times{tries}", letter.attempts));
    if let Some(due_at) = letter.due_at {
        let until = whole.waits_until.map(|until| format!(", until {until:.0}")).unwrap_or_default();
        line("again", &format!("{due_at:.0}{until}"));
    }
    if let (Some(at), Some(by)) = (letter.decided_at, &letter.decided_by) {
        let why = if whole.why.is_empty() { String::new() } else { format!(": {}", whole.why) };
        line(&letter.state, &format!("{at:.0} by {by}{why}"));
    }
    if let Some(replay) = whole.replay {
        line("replay", &replay.to_string());
    }
    for (name, value) in &whole.headers {
        line(name, value);
    }
    match (whole.bytes, &whole.text, &whole.value) {
        (Some(bytes), Some(readable), _) => line("value", &format!("{bytes} bytes\n{readable}")),
        (Some(bytes), None, Some(value)) => line("value", &format!("{bytes} bytes, base64\n{value}")),
        _ => line("value", "none"),
    }
    if !whole.history.is_empty() {
        text += "\nWhat was said each time:\n";
    }
    for Said { at, cause, reason, replay } in &whole.history {
        let by = replay.map(|replay| format!(" in replay {replay}")).unwrap_or_default();
        text += &format!("  {at:.3}  {cause}{by}: {reason}\n");
    }
    text
}
