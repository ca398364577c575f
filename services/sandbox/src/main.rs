//! `sandbox`: stands in for third parties. Insurers with believable catalogues, prices that drift, faults on demand.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use polis_actors::process::exit_code;

/// Stands in for insurers: catalogues over HTTP, prices that drift, a control API for changes and faults.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Configuration file, laid over the built-in one.
    #[arg(long, env = "SANDBOX_CONFIG")]
    config: Option<PathBuf>,
}

fn main() -> ExitCode {
    exit_code(sandbox::app::run(Arguments::parse().config.as_deref()))
}
