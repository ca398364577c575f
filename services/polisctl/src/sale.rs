//! The sale as operators see it: timers, and the audit of applications.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use core_app::admin::audit::{Erase, Verified};
use core_app::admin::timers::{Change, Timer, Wanted};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use crate::admin::{Who, send};

/// Where core-app is.
#[derive(Args)]
pub(crate) struct Core {
    /// Its admin address.
    #[arg(long, default_value = "http://127.0.0.1:9080")]
    admin: String,
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

/// What can be asked of the audit.
#[derive(Subcommand)]
pub(crate) enum Audit {
    /// Shows everything that happened to an application, or what had by a version or a time.
    Show {
        /// The application.
        application: Uuid,
        /// As it was at that version.
        #[arg(long)]
        version: Option<i64>,
        /// As it was at that time.
        #[arg(long)]
        at: Option<Timestamp>,
        /// As JSON, for other programs.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        core: Core,
    },
    /// Goes along the chain of every application and says which do not hold.
    Verify {
        #[command(flatten)]
        core: Core,
    },
    /// Destroys the key of whoever applied: what is personal cannot be read any more, and the chain still holds.
    Erase {
        /// The application.
        application: Uuid,
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
    println!("done");
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn audit(command: Audit) -> anyhow::Result<ExitCode> {
    match command {
        Audit::Show { application, version, at, json, core } => {
            let mut query = Vec::new();
            query.extend(version.map(|version| ("version", version.to_string())));
            query.extend(at.map(|at| ("at", at.to_string())));
            let query = serde_urlencoded::to_string(query)?;
            let path = format!("/applications/{application}/audit?{query}");
            let text = send(&core.admin, Method::GET, &path, None::<&()>).await?;
            if json { println!("{text}") } else { show(&serde_json::from_str(&text)?) }
        }
        Audit::Verify { core } => {
            let text = send(&core.admin, Method::POST, "/audit/verify", None::<&()>).await?;
            let Verified { applications, events, broken } = serde_json::from_str(&text)?;
            println!("{events} events of {applications} applications");
            for broken in &broken {
                println!("BROKEN {} at version {}: {}", broken.application_id, broken.version, broken.what);
            }
            if !broken.is_empty() {
                return Ok(ExitCode::FAILURE);
            }
            println!("every chain holds");
        }
        Audit::Erase { application, who, core } => {
            let order = Erase { by: who.by, why: who.why };
            send(&core.admin, Method::POST, &format!("/applications/{application}/erase"), Some(&order)).await?;
            println!("erased");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn show(audit: &Value) {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let application = &audit["application"];
    println!("{}  {}", text(&application["application_id"]), text(&application["status"]));
    println!("the chain {}\n", if audit["intact"] == true { "holds" } else { "DOES NOT HOLD" });
    for event in audit["history"].as_array().into_iter().flatten() {
        let (at, who, why) = (text(&event["at"]), text(&event["who"]), text(&event["why"]));
        println!("{:>3}  {at}  {:<18} by {who} ({why})", event["version"], text(&event["event"]));
        for (field, change) in event["changed"].as_object().into_iter().flatten() {
            println!("       {field}: {} -> {}", text(&change["before"]), text(&change["after"]));
        }
        if !event["person"].is_null() {
            println!("       person: {}", text(&event["person"]));
        }
    }
}
