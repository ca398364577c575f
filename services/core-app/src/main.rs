//! `core-app`: the local catalogue, its HTTP API, live updates.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use polis_actors::process::exit_code;

/// Many small allocations of few sizes, in a process that lives long: what this allocator is good at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Keeps a local catalogue from Kafka, serves it over HTTP and shows its changes live.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Configuration file, laid over the built-in one.
    #[arg(long, env = "CORE_APP_CONFIG")]
    config: Option<PathBuf>,
}

fn main() -> ExitCode {
    exit_code(core_app::app::run(Arguments::parse().config.as_deref()))
}
