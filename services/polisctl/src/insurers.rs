//! Files of insurers: tried out without the aggregator.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use clap::Subcommand;
use ins_product_aggregator::config::Rebase;
use ins_product_aggregator::insurer::{Insurer, Surroundings};
use ins_product_aggregator::mapping::Findings;
use ins_product_aggregator::offer::{Catalogue, Offer};
use ins_product_aggregator::protocol::http::Http;
use polis_actors::config::Source;
use polis_actors::poller::{Polled, Validators};

/// What can be done about insurers.
#[derive(Subcommand)]
pub(crate) enum Insurers {
    /// Fetches once by a file, shows what it maps to and what it leaves out, and writes nothing.
    Check {
        /// The insurer's file.
        file: PathBuf,
        /// Replaces the beginning of addresses, as in http://127.0.0.1:8090=http://127.0.0.1:18090
        #[arg(long, value_parser = rebase)]
        rebase: Option<Rebase>,
        /// Most products shown.
        #[arg(long, default_value_t = 20)]
        products: usize,
    },
}

fn rebase(text: &str) -> Result<Rebase, String> {
    let (from, to) = text.split_once('=').ok_or("write FROM=TO")?;
    Ok(Rebase { from: from.to_owned(), to: to.to_owned() })
}

pub(crate) async fn run(command: Insurers) -> anyhow::Result<ExitCode> {
    let Insurers::Check { file, rebase, products } = command;
    let findings = Arc::new(Findings::default());
    let around = Surroundings {
        client: Http::client().context("set up the HTTP client")?,
        rebase,
        environment: Arc::new(Source::process_environment()),
        findings: Some(findings.clone()),
    };
    let insurer = Insurer::read(&file, &around)?;
    let (deadline, began) = (insurer.config.deadline.0, Instant::now());
    let nothing = Validators::new();
    let polled = tokio::time::timeout(deadline, insurer.source.poll(&nothing))
        .await
        .with_context(|| format!("no whole answer within {deadline:?}, the deadline of the file"))?;
    let Polled::Whole { content, validators } = polled? else {
        anyhow::bail!("the insurer says that nothing has changed, though it was not asked that");
    };
    println!(
        "{} over {}: {} products in {:.0?}, {}\n",
        insurer.config.name,
        insurer.source.protocol(),
        content.len(),
        began.elapsed(),
        if validators.is_empty() { "no conditional requests" } else { "asked conditionally from now on" }
    );
    print!("{}", table(&content, products));
    Ok(report(&file, &findings)?)
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
