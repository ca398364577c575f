//! The audit: what happened to an application, whether everything is as it was written, and everything for others to prove.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use core_app::admin::audit::{Erase, Expecting, Exported};
use core_app::audit::checkpoint::Trusted;
use core_app::audit::export::FileVerifier;
use core_app::audit::verify::{Newest, Verified};
use jiff::Timestamp;
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use crate::admin::{Who, save, send};
use crate::sale::Core;

/// What can be asked of the audit.
#[derive(Subcommand)]
pub(crate) enum Audit {
    /// Shows everything that happened to an application.
    Show {
        /// The application.
        application: Uuid,
        /// As it was at that version.
        #[arg(long)]
        version: Option<i64>,
        /// As JSON, for other programs.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        core: Core,
    },
    /// Shows an application as it was at a time, as in 2026-11-25T12:03:00Z.
    AsOf {
        /// The application.
        application: Uuid,
        /// The time.
        at: Timestamp,
        /// As JSON, for other programs.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        core: Core,
    },
    /// Goes along the chain of every application and all checkpoints, and says what does not hold.
    Verify {
        /// A file of `audit export`, instead of what core-app has.
        #[arg(long, requires = "key")]
        file: Option<PathBuf>,
        /// Public keys whose checkpoints are believed, for a file.
        #[arg(long)]
        key: Vec<String>,
        /// The newest checkpoint that somebody noted elsewhere, as NUMBER:HASH. One that is missing or differs is an error.
        #[arg(long)]
        expect: Option<String>,
        #[command(flatten)]
        core: Core,
    },
    /// Writes everything that is stored, as JSON lines: events, then checkpoints. What is personal stays sealed.
    Export {
        /// Only that application, without checkpoints.
        #[arg(long)]
        application: Option<Uuid>,
        /// Where to; standard output when absent.
        #[arg(long, short)]
        output: Option<PathBuf>,
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

pub(crate) async fn audit(command: Audit) -> anyhow::Result<ExitCode> {
    match command {
        Audit::Show { application, version, json, core } => {
            let query = version.map(|version| format!("version={version}")).unwrap_or_default();
            shown(&core, application, &query, json).await?;
        }
        Audit::AsOf { application, at, json, core } => {
            let query = serde_urlencoded::to_string([("at", at.to_string())])?;
            shown(&core, application, &query, json).await?;
        }
        Audit::Verify { file, key, expect, core } => {
            let found = match file {
                Some(file) => of_file(&file, &key, expect).with_context(|| file.display().to_string())?,
                None => {
                    let query = serde_urlencoded::to_string(Expecting { expect })?;
                    let path = format!("/audit/verify?{query}");
                    let text = send(&core.admin, Method::POST, &path, None::<&()>).await?;
                    serde_json::from_str(&text)?
                }
            };
            return Ok(verdict(&found));
        }
        Audit::Export { application, output, core } => {
            let query = serde_urlencoded::to_string(Exported { application })?;
            let mut to: Box<dyn Write> = match &output {
                Some(path) => Box::new(File::create(path).with_context(|| path.display().to_string())?),
                None => Box::new(std::io::stdout()),
            };
            let end = save(&core.admin, &format!("/audit/export?{query}"), &mut to).await?;
            anyhow::ensure!(end.contains("\"line\":\"end\""), "the export was cut off; core-app's log says why");
        }
        Audit::Erase { application, who, core } => {
            let order = Erase { by: who.by, why: who.why };
            send(&core.admin, Method::POST, &format!("/applications/{application}/erase"), Some(&order)).await?;
            println!("erased");
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn shown(core: &Core, application: Uuid, query: &str, json: bool) -> anyhow::Result<()> {
    let path = format!("/applications/{application}/audit?{query}");
    let text = send(&core.admin, Method::GET, &path, None::<&()>).await?;
    if json {
        println!("{text}")
    } else {
        show(&serde_json::from_str(&text)?)
    }
    Ok(())
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
        for personal in ["person", "words"] {
            if !event[personal].is_null() {
                println!("       {personal}: {}", text(&event[personal]));
            }
        }
    }
}

fn of_file(path: &Path, keys: &[String], expect: Option<String>) -> anyhow::Result<Verified> {
    let expected = expect.map(|text| text.parse()).transpose()?;
    let mut verifier = FileVerifier::new(Trusted::from_keys(keys)?, expected);
    for line in BufReader::new(File::open(path)?).lines() {
        verifier.line(&line?)?;
    }
    Ok(verifier.finish()?)
}

fn verdict(found: &Verified) -> ExitCode {
    let Verified { applications, events, checkpoints, newest, uncovered, faults, broken, .. } = found;
    println!("{events} events of {applications} applications, {checkpoints} checkpoints");
    match newest {
        None if *events == 0 => {}
        None => println!("no checkpoint was ever signed: an end that was cut off would not be noticed"),
        Some(Newest { number, made_at, hash, public_key }) => {
            println!("the newest checkpoint, of {made_at:.0}: {number}:{hash}");
            println!("signed with {public_key}");
        }
    }
    if *uncovered > 0 {
        println!("{uncovered} applications have grown since; the next checkpoint covers them");
    }
    for broken in broken {
        println!("BROKEN {}: {}", broken.place, broken.what);
    }
    if *faults > broken.len() as u64 {
        println!("and {} more", faults - broken.len() as u64);
    }
    if *faults > 0 {
        return ExitCode::FAILURE;
    }
    println!("every chain holds");
    ExitCode::SUCCESS
}
