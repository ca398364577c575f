//! The aggregator's outbox: what was told, what waits, and telling it again.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use ins_product_aggregator::admin::events::{Event, Resend, Resent, Wanted, Whole};
use ins_product_aggregator::admin::republications::{Republication, Republish};

use crate::admin::{Admin, Who};

/// What can be done about events.
#[derive(Subcommand)]
pub(crate) enum Events {
    /// Lists events, newest first.
    List {
        /// Only of that insurer.
        #[arg(long)]
        insurer: Option<String>,
        /// Only of that product.
        #[arg(long)]
        product: Option<String>,
        /// added, changed, withdrawn, restored, snapshot
        #[arg(long)]
        kind: Option<String>,
        /// Only those that the broker has not acknowledged.
        #[arg(long)]
        unsent: bool,
        /// Only older ones than that number.
        #[arg(long)]
        before: Option<i64>,
        /// How many.
        #[arg(long, default_value_t = 30)]
        limit: i64,
        #[command(flatten)]
        admin: Admin,
    },
    /// Shows one event with everything it carries.
    Show {
        /// Its number in the list.
        seq: i64,
        #[command(flatten)]
        admin: Admin,
    },
    /// Sends an event again, under its own id: whoever had it drops it.
    Resend {
        /// Its number in the list.
        seq: i64,
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        admin: Admin,
    },
}

/// Tells the current state of products again, for a new consumer.
#[derive(Args)]
pub(crate) struct Again {
    /// Only of that insurer.
    #[arg(long)]
    insurer: Option<String>,
    /// Most events a second.
    #[arg(long, default_value_t = 500)]
    per_second: i32,
    /// Does not wait until it is done.
    #[arg(long)]
    detach: bool,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    admin: Admin,
}

pub(crate) async fn run(command: Events) -> anyhow::Result<ExitCode> {
    match command {
        Events::List { insurer, product, kind, unsent, before, limit, admin } => {
            let wanted = Wanted { insurer, product, kind, unsent, before, limit: Some(limit) };
            let query = serde_urlencoded::to_string(&wanted).context("parameters")?;
            let events: Vec<Event> = admin.ask(&format!("/events?{query}")).await?;
            events.iter().for_each(|event| println!("{}", line(event)));
        }
        Events::Show { seq, admin } => show(&admin.ask(&format!("/events/{seq}")).await?),
        Events::Resend { seq, who, admin } => {
            let order = Resend { by: who.by, why: who.why };
            let resent: Resent = serde_json::from_str(&admin.tell(&format!("/events/{seq}/resend"), &order).await?)?;
            println!("event {seq} stands in the outbox again as {}", resent.seq);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn line(event: &Event) -> String {
    let sent = match event.sent {
        None => "NOT SENT".to_owned(),
        Some(sent) => {
            let waited = sent.duration_since(event.created_at).as_secs_f64();
            format!("sent after {:.0} ms", waited * 1000.0)
        }
    };
    let fields = if event.changed_fields.is_empty() { String::new() } else { event.changed_fields.join(", ") };
    let repeats = event.repeats.map(|seq| format!(" (again, first {seq})")).unwrap_or_default();
    let by = event.ordered_by.as_ref().map(|by| format!(" by order of {by}")).unwrap_or_default();
    let Event { seq, created_at, insurer_id, product_id, revision, kind, .. } = event;
    let line = format!(
        "{seq:>8}  {created_at:.3}  {sent:<16}  {kind:<9} {insurer_id}/{product_id} r{revision}  {fields}{repeats}{by}"
    );
    line.trim_end().to_owned()
}

fn show(whole: &Whole) {
    let event = &whole.event;
    println!("{}", line(event));
    println!("  id        {}", event.id);
    println!("  topic     {}  key {}", whole.topic, whole.key);
    println!("  trace     {}", event.trace_id.as_deref().unwrap_or("none"));
    println!("  carries   {} bytes", event.bytes);
    for change in &whole.changes {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        println!("  {}: {} -> {}", change.path, text(&change.before), text(&change.after));
    }
    println!("\n{}", whole.carried);
}

pub(crate) async fn republish(again: Again) -> anyhow::Result<ExitCode> {
    let Again { insurer, per_second, detach, who, admin } = again;
    let order = Republish { insurer, per_second, by: who.by, why: who.why };
    let started: Republication = serde_json::from_str(&admin.tell("/republications", &order).await?)?;
    if detach {
        println!("ordered as number {}", started.id);
        return Ok(ExitCode::SUCCESS);
    }
    let bar =
        ProgressBar::new_spinner().with_style(ProgressStyle::with_template("{spinner} {pos} products told again")?);
    loop {
        let all: Vec<Republication> = admin.ask("/republications").await?;
        let now = all.into_iter().find(|one| one.id == started.id).context("the order is not in the list any more")?;
        bar.set_position(u64::try_from(now.told).unwrap_or_default());
        if now.finished_at.is_some() {
            bar.finish_and_clear();
            println!("{} products told again, marked as snapshots", now.told);
            return Ok(ExitCode::SUCCESS);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
