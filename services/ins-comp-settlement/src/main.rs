//! `ins-comp-settlement`: reconciliation with insurers from local data.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use polis_actors::process::exit_code;

/// Many small allocations of few sizes, in a process that lives long: what this allocator is good at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Keeps tariffs and policies from Kafka, for the reconciliation with insurers.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Configuration file, laid over the built-in one.
    #[arg(long, env = "INS_COMP_SETTLEMENT_CONFIG")]
    config: Option<PathBuf>,
}

fn main() -> ExitCode {
    exit_code(ins_comp_settlement::app::run(Arguments::parse().config.as_deref()))
}
