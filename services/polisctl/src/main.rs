//! `polisctl`: the operator's command line.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for a person at a terminal")]

mod actors;
mod admin;
mod audit;
mod dead_letters;
mod events;
mod insurers;
mod place;
mod products;
mod replays;
mod sale;
mod sandbox;
mod sandbox_register;
mod settlement;
mod table;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use nix::sys::signal::{SigHandler, Signal, signal};

/// Looks into Polis and changes how it runs.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Draws the live tree of actors of one or more services.
    Actors {
        /// Admin addresses.
        #[arg(default_values = ["http://127.0.0.1:9080", "http://127.0.0.1:9081", "http://127.0.0.1:9082"])]
        services: Vec<String>,
        /// Draws again every so many seconds, until Ctrl-C.
        #[arg(long, num_args = 0..=1, default_missing_value = "1")]
        watch: Option<u64>,
    },
    /// Insurers: how they are polled, and their files.
    #[command(subcommand)]
    Insurers(insurers::Insurers),
    /// What was offered when.
    #[command(subcommand)]
    Products(products::Products),
    /// The aggregator's outbox.
    #[command(subcommand)]
    Events(events::Events),
    /// Tells the current state of products again, marked as snapshots.
    Republish(events::Again),
    /// What the sale is to do later.
    #[command(subcommand)]
    Timers(sale::Timers),
    /// The lists of applications and policies, which are made from events.
    #[command(subcommand)]
    Projections(sale::Projections),
    /// What happened to applications, and whether it can be proved.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Records that a service could not apply.
    #[command(subcommand)]
    DeadLetters(dead_letters::DeadLetters),
    /// Orders to apply dead letters or a range of a topic again.
    #[command(subcommand)]
    Replays(replays::Replays),
    /// Settlement with insurers: registers, reconciliations, breaks.
    #[command(subcommand)]
    Settlement(settlement::Settlement),
    /// The sandbox: changes and faults.
    #[command(subcommand)]
    Sandbox(sandbox::Sandbox),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    end_with_reader();
    let done = match Arguments::parse().command {
        Command::Actors { services, watch } => Ok(actors::run(&services, watch).await),
        Command::Insurers(command) => insurers::run(command).await,
        Command::Products(command) => products::run(command).await,
        Command::Events(command) => events::run(command).await,
        Command::Republish(again) => events::republish(again).await,
        Command::Timers(command) => sale::timers(command).await,
        Command::Projections(command) => sale::projections(command).await,
        Command::Audit(command) => audit::audit(command).await,
        Command::DeadLetters(command) => dead_letters::run(command).await,
        Command::Replays(command) => replays::run(command).await,
        Command::Settlement(command) => settlement::run(command).await,
        Command::Sandbox(command) => sandbox::run(command).await,
    };
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

/// Ends this program when nobody reads what it prints any more, as in `polisctl actors | head`; Rust would panic.
#[expect(unsafe_code, reason = "signal has no safe form; the default action runs no code of ours")]
fn end_with_reader() {
    // SAFETY: no handler is installed, and no other thread runs yet.
    let set = unsafe { signal(Signal::SIGPIPE, SigHandler::SigDfl) };
    debug_assert!(set.is_ok(), "every system that we build for has this signal");
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    #[test]
    fn arguments_contradict_nothing() {
        Arguments::command().debug_assert();
    }
}
