//! `ins-product-aggregator`: polls insurers, finds changes of products and tariffs, publishes them.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use polis_actors::process::exit_code;

/// Many small allocations of few sizes, in a process that lives long: what this allocator is good at.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Polls insurers, finds changes of products and tariffs, publishes them to Kafka.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Configuration file; the built-in configuration polls the sandbox.
    #[arg(long, env = "INS_PRODUCT_AGGREGATOR_CONFIG")]
    config: Option<PathBuf>,
}

fn main() -> ExitCode {
    exit_code(ins_product_aggregator::app::run(Arguments::parse().config.as_deref()))
}
