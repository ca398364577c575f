//! `polis-bench`: what Polis does on this machine, with the machine's own limit beside each figure. Every part runs in
//! a process of its own, so that its memory is its own.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a person at a terminal")]
#![expect(clippy::disallowed_methods, reason = "a bench has no tree that its tasks could belong to, and awaits each")]

mod actors;
mod apply;
mod audit;
mod book;
mod caller;
mod events;
mod figure;
mod insurers;
mod large;
mod latency;
mod parts;
mod polling;
mod program;
mod relay;
mod sale;
mod settlement;
mod sold;
mod sse;
mod sse_clients;
mod sse_plain;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::Context;
use clap::{Parser, Subcommand};
use figure::Figure;
use polis_stack::{Parts, Stack, Use};

/// Many small allocations of few sizes, in a process that lives long: what this allocator is good at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures throughput, latency and memory of the parts of Polis.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to write the figures as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Only parts whose name contains this.
    #[arg(long)]
    only: Option<String>,
    #[command(subcommand)]
    part: Option<Part>,
}

/// One part, in a process of its own.
#[derive(Clone, Debug, Subcommand)]
enum Part {
    /// Send and ask, beside plain actix.
    Actors,
    /// A full outbox to Kafka.
    RelayDrain { postgres: String, kafka: String },
    /// From commit to a consumer, at that many commits a second.
    Latency { postgres: String, kafka: String, rate: u64 },
    /// From Kafka to tables, with effects.
    Apply { postgres: String, kafka: String },
    /// Many insurers with nothing new.
    Polling { postgres: String, kafka: String },
    /// One insurer with very many products.
    Large { postgres: String, kafka: String },
    /// Reservations over HTTP, and from a payment to the page.
    Sale { postgres: String, kafka: String },
    /// A million events made into lists again, and proved.
    Audit { postgres: String },
    /// A register of so many lines against as many policies.
    Settlement { postgres: String, kafka: String, lines: u64 },
    /// To many open pages.
    Sse { postgres: String, connections: usize },
    /// The pages of the part before.
    SseClients { address: String, connections: usize, seconds: u64 },
}

fn main() -> ExitCode {
    polis_actors::process::exit_code(run(&Arguments::parse()))
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    parts::raise_open_files()?;
    polis_actors::process::use_small_pages();
    match &arguments.part {
        None => all(arguments),
        Some(part) => {
            let figures = match part.clone() {
                Part::Actors => actors::measure()?,
                Part::RelayDrain { postgres, kafka } => relay::measure(&postgres, &kafka)?,
                Part::Latency { postgres, kafka, rate } => latency::measure(&postgres, &kafka, rate)?,
                Part::Apply { postgres, kafka } => apply::measure(&postgres, &kafka)?,
                Part::Polling { postgres, kafka } => polling::measure(&postgres, &kafka)?,
                Part::Large { postgres, kafka } => large::measure(&postgres, &kafka)?,
                Part::Sale { postgres, kafka } => sale::measure(&postgres, &kafka)?,
                Part::Audit { postgres } => audit::measure(&postgres)?,
                Part::Settlement { postgres, kafka, lines } => settlement::measure(&postgres, &kafka, lines)?,
                Part::Sse { postgres, connections } => sse::measure(&postgres, connections)?,
                Part::SseClients { address, connections, seconds } => {
                    return sse_clients::read(&address, connections, seconds);
                }
            };
            println!("{}", serde_json::to_string(&figures)?);
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn all(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new()?;
    let stack = runtime.block_on(Stack::start(Parts { purpose: Use::Service, ..Parts::ephemeral()? }))?;
    let (postgres, kafka) = (stack.addresses().postgres_admin.clone(), stack.addresses().kafka.clone());
    let parts: [(&str, Vec<String>); 13] = [
        ("actors", vec!["actors".to_owned()]),
        ("relay-drain", vec!["relay-drain".to_owned(), postgres.clone(), kafka.clone()]),
        ("latency-200", vec!["latency".to_owned(), postgres.clone(), kafka.clone(), "200".to_owned()]),
        ("latency-1000", vec!["latency".to_owned(), postgres.clone(), kafka.clone(), "1000".to_owned()]),
        ("apply", vec!["apply".to_owned(), postgres.clone(), kafka.clone()]),
        ("polling", vec!["polling".to_owned(), postgres.clone(), kafka.clone()]),
        ("large", vec!["large".to_owned(), postgres.clone(), kafka.clone()]),
        ("sale", vec!["sale".to_owned(), postgres.clone(), kafka.clone()]),
        ("audit", vec!["audit".to_owned(), postgres.clone()]),
        ("settlement-1", vec!["settlement".to_owned(), postgres.clone(), kafka.clone(), "1000000".to_owned()]),
        ("settlement-2", vec!["settlement".to_owned(), postgres.clone(), kafka.clone(), "2000000".to_owned()]),
        ("settlement-4", vec!["settlement".to_owned(), postgres.clone(), kafka, "4000000".to_owned()]),
        ("sse", vec!["sse".to_owned(), postgres, "9000".to_owned()]),
    ];
    let this = std::env::current_exe()?;
    let mut figures = Vec::new();
    for (name, part) in parts {
        if arguments.only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        eprintln!("measuring {name}");
        let output = Command::new(&this).args(part).stderr(std::process::Stdio::inherit()).output()?;
        anyhow::ensure!(output.status.success(), "{name} failed");
        let measured: Vec<Figure> =
            serde_json::from_slice(&output.stdout).with_context(|| format!("figures of {name}"))?;
        figures.extend(measured);
    }
    println!("{}", figure::table(&figures));
    if let Some(path) = &arguments.json {
        let machine = serde_json::json!({ "cores": std::thread::available_parallelism()?.get(), "figures": figures });
        std::fs::write(path, serde_json::to_string_pretty(&machine)?).with_context(|| path.display().to_string())?;
        println!("written to {}", path.display());
    }
    stack.stop();
    Ok(ExitCode::SUCCESS)
}
