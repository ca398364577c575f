//! The sale as operators see it: timers, and the lists that are made from events.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use core_app::admin::projections::Rebuild;
use core_app::admin::timers::{Change, Timer, Wanted};
use core_app::sale::rebuild::{Difference, Rebuilt};
use jiff::Timestamp;
use reqwest::Method;
use uuid::Uuid;

use crate::admin::{Who, send};

/// Where core-app is.
#[derive(Args)]
pub(crate) struct Core {
    /// Its admin address.
    #[arg(long, default_value = "http://127.0.0.1:9080")]
    pub(crate) admin: String,
}

/// What can be done about timers.
#[derive(Subcommand)]
pub(crate) enum Timers {
    /// Lists what is to be done later, the next first.
    List {
        /// Only of that application.
        #[arg(long)]
        application: Option<Uuid>,
        /// How many.
        #[arg(long, default_value_t = 50)]
        limit: i64,
        #[command(flatten)]
        core: Core,
    },
    /// Moves a timer to another time, as in 2026-11-25T12:03:00Z.
    Move {
        /// Its number in the list.
        timer: i64,
        /// When.
        due_at: Timestamp,
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        core: Core,
    },
    /// Cancels a timer: what it was set for is not done.
    Cancel {
        /// Its number in the list.
        timer: i64,
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        core: Core,
    },
}

/// What can be done about projections.
#[derive(Subcommand)]
pub(crate) enum Projections {
    /// Makes the lists of applications and policies from the events again and compares them with those in use.
    Check {
        #[command(flatten)]
        core: Core,
    },
    /// The same, and replaces what differs.
    Rebuild {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        core: Core,
    },
}

pub(crate) async fn timers(command: Timers) -> anyhow::Result<ExitCode> {
    let (core, timer, due_at, who) = match command {
        Timers::List { application, limit, core } => {
            let query = serde_urlencoded::to_string(Wanted { application, limit: Some(limit) })?;
            let text = send(&core.admin, Method::GET, &format!("/timers?{query}"), None::<&()>).await?;
            for timer in serde_json::from_str::<Vec<Timer>>(&text)? {
                let Timer { id, application_id, kind, reference, due_at, tries, last_error } = timer;
                println!("{id:>8}  {due_at:.0}  {kind:<12} {application_id}  {reference}");
                if let Some(error) = last_error {
                    println!("          tried {tries} times: {error}");
                }
            }
            return Ok(ExitCode::SUCCESS);
        }
        Timers::Move { timer, due_at, who, core } => (core, timer, Some(due_at), who),
        Timers::Cancel { timer, who, core } => (core, timer, None, who),
    };
    let change = Change { due_at, by: who.by, why: who.why };
    send(&core.admin, Method::POST, &format!("/timers/{timer}"), Some(&change)).await?;
    match change.due_at {
        Some(due_at) => println!("timer {timer} is due at {due_at} now"),
        None => println!("timer {timer} is cancelled"),
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn projections(command: Projections) -> anyhow::Result<ExitCode> {
    let (order, core) = match command {
        Projections::Check { core } => (Rebuild { replace: false, by: String::new(), why: String::new() }, core),
        Projections::Rebuild { who, core } => (Rebuild { replace: true, by: who.by, why: who.why }, core),
    };
    let text = send(&core.admin, Method::POST, "/projections/rebuild", Some(&order)).await?;
    let Rebuilt { events, applications, differing, first, replaced } = serde_json::from_str(&text)?;
    println!("{applications} applications made from {events} events");
    for Difference { table, application_id, how } in &first {
        println!("{table} {application_id}: {how}");
    }
    match (differing, replaced) {
        (0, _) => println!("the lists in use are the same"),
        (_, true) => println!("{differing} rows differed; they are replaced"),
        (_, false) => println!("{differing} rows differ; polisctl projections rebuild replaces them"),
    }
    Ok(if differing == 0 || replaced { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
