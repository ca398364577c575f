//! Files of insurers: tried out without the aggregator.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Subcommand};
use ins_product_aggregator::admin::insurers::{Order, Overview};
use ins_product_aggregator::admin::withdrawals::{Withdrawal, Withdrawn};
use ins_product_aggregator::insurer::{Insurer, Surroundings};
use ins_product_aggregator::mapping::Findings;
use ins_product_aggregator::offer::{Catalogue, Offer};
use ins_product_aggregator::protocol::http::Http;
use polis_actors::config::Rebase;
use polis_actors::config::Source;
use polis_actors::poller::{Polled, Validators, within};
use polis_actors::runtime::Progress;

use crate::admin::{Admin, Who};

/// What can be done about insurers.
#[derive(Subcommand)]
pub(crate) enum Insurers {
    /// Shows all insurers: when they were polled, what came of it, what operators want of them.
    List(Admin),
    /// Lets an insurer rest until `resume`.
    Pause(One),
    /// Goes on polling.
    Resume(One),
    /// Polls at once.
    PollNow(One),
    /// Polls that often, or by the schedule of the file again.
    SetInterval {
        #[command(flatten)]
        one: One,
        /// As in 30s; `schedule` for that of the file.
        every: String,
    },
    /// Lets go what is held because it would withdraw too much.
    Approve(One),
    /// Takes all products of an insurer off the market that is not polled any more.
    Withdraw(One),
    /// Fetches once by a file, shows what it maps to and what it leaves out, and writes nothing.
    Check {
        /// The insurer's file.
        file: PathBuf,
        /// Replaces the beginning of addresses, as in http://127.0.0.1:8090=http://127.0.0.1:18090
        #[arg(long, default_value = "")]
        rebase: Rebase,
        /// Most products shown.
        #[arg(long, default_value_t = 20)]
        products: usize,
    },
}

pub(crate) async fn run(command: Insurers) -> anyhow::Result<ExitCode> {
    let order = match command {
        Insurers::Check { file, rebase, products } => return check(&file, rebase, products).await,
        Insurers::List(admin) => return list(&admin).await,
        Insurers::Withdraw(one) => return withdraw(&one).await,
        Insurers::Pause(one) => (one, Order { paused: Some(true), ..Order::default() }),
        Insurers::Resume(one) => (one, Order { paused: Some(false), ..Order::default() }),
        Insurers::PollNow(one) => (one, Order { poll_now: true, ..Order::default() }),
        Insurers::Approve(one) => (one, Order { approve: true, ..Order::default() }),
        Insurers::SetInterval { one, every } if every == "schedule" => {
            (one, Order { by_schedule: true, ..Order::default() })
        }
        Insurers::SetInterval { one, every } => {
            let every = serde_json::from_value(every.into())?;
            (one, Order { every: Some(every), ..Order::default() })
        }
    };
    give(&order.0, order.1).await
}

/// An insurer of a running aggregator.
#[derive(Args)]
pub(crate) struct One {
    /// Its identifier.
    insurer: String,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    admin: Admin,
}

async fn give(one: &One, order: Order) -> anyhow::Result<ExitCode> {
    let order = Order { by: one.who.by.clone(), why: one.who.why.clone(), ..order };
    one.admin.tell(&format!("/insurers/{}/orders", one.insurer), &order).await?;
    println!("ordered; every instance obeys within a moment");
    Ok(ExitCode::SUCCESS)
}

async fn withdraw(one: &One) -> anyhow::Result<ExitCode> {
    let order = Withdrawal { by: one.who.by.clone(), why: one.who.why.clone() };
    let answer = one.admin.tell(&format!("/insurers/{}/withdrawal", one.insurer), &order).await?;
    let withdrawn: Withdrawn = serde_json::from_str(&answer)?;
    println!("{} products of {} withdrawn", withdrawn.products, one.insurer);
    Ok(ExitCode::SUCCESS)
}

async fn list(admin: &Admin) -> anyhow::Result<ExitCode> {
    let insurers: Vec<Overview> = admin.ask("/insurers").await?;
    for insurer in insurers {
        let good = insurer.last_good_poll_at.map_or("never".to_owned(), |at| {
            let age = jiff::Timestamp::now().duration_since(at);
            format!("{:.1} s ago", age.as_secs_f64())
        });
        let outcome = insurer.last_outcome.unwrap_or_default();
        println!("{:<20} {:>6} products  good {good:<12} {outcome}", insurer.id, insurer.products);
        let by = insurer.ordered_by.unwrap_or_default();
        if insurer.paused {
            println!("    paused by {by}");
        }
        if let Some(seconds) = insurer.every_seconds {
            println!("    every {seconds} s by order of {by}");
        }
        if let Some(reason) = insurer.held {
            let approved = insurer.approved_by.map(|by| format!(", approved by {by}")).unwrap_or_default();
            println!("    held: {reason}{approved}");
        }
        if let Some(error) = insurer.last_error.filter(|_| outcome != "held") {
            println!("    {error}");
        }
        if insurer.polled_by.is_none() {
            println!("    polled by nobody");
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn check(file: &Path, rebase: Rebase, products: usize) -> anyhow::Result<ExitCode> {
    let findings = Arc::new(Findings::default());
    let around = Surroundings {
        client: Http::client().context("set up the HTTP client")?,
        rebase,
        environment: Arc::new(Source::process_environment()),
        findings: Some(findings.clone()),
    };
    let insurer = Insurer::read(file, &around)?;
    let (deadline, nothing) = (insurer.config.deadline.0, Validators::new());
    let (polled, took) = within(deadline, &Progress::detached(), insurer.source.poll(&nothing)).await;
    let polled = polled.with_context(|| format!("no whole answer within {deadline:?}, the deadline of the file"))?;
    let Polled::Whole { content, validators } = polled? else {
        anyhow::bail!("the insurer says that nothing has changed, though it was not asked that");
    };
    println!(
        "{} over {}: {} products in {:.0?}, {}",
        insurer.config.name,
        insurer.source.protocol(),
        content.len(),
        took,
        if validators.is_empty() { "no conditional requests" } else { "asked conditionally from now on" }
    );
    if !content.is_empty() {
        print!("\n{}", table(&content, products));
    }
    Ok(report(file, &findings)?)
}

fn table(content: &Catalogue, most: usize) -> String {
    let mut text = String::new();
    for offer in content.iter().take(most) {
        text.push_str(&format!("{}  {}  {}\n", offer.product_id, offer.line, offer.name));
        text.push_str(&tariffs(offer));
    }
    if content.len() > most {
        text.push_str(&format!("and {} more; --products N shows more\n", content.len() - most));
    }
    text
}

fn tariffs(offer: &Offer) -> String {
    if offer.tariffs.is_empty() {
        return "    priced on request\n".to_owned();
    }
    let line = |tariff: &ins_product_aggregator::offer::OfferedTariff| {
        let (amount, currency) = (tariff.premium.amount, tariff.premium.currency.code());
        let from = tariff.valid_from.map(|day| format!("  from {day}")).unwrap_or_default();
        let to = tariff.valid_to.map(|day| format!("  to {day}")).unwrap_or_default();
        format!("    {}  {}  {amount} {currency}{from}{to}\n", tariff.tariff_id, tariff.name)
    };
    offer.tariffs.iter().map(line).collect()
}

fn report(file: &Path, findings: &Findings) -> std::io::Result<ExitCode> {
    let unused = findings.unused(&std::fs::read_to_string(file)?);
    if !unused.is_empty() {
        println!("\nFields of the insurer that the mapping does not use:");
        unused.iter().for_each(|field| println!("    {field}"));
    }
    let problems = findings.problems();
    if problems.is_empty() {
        println!("\nEverything could be mapped.");
        return Ok(ExitCode::SUCCESS);
    }
    println!("\nCould not be mapped:");
    problems.iter().for_each(|problem| println!("    {problem}"));
    println!("With these the aggregator would keep the last good catalogue.");
    Ok(ExitCode::FAILURE)
}
