//! `polisctl`: the operator's command line.
#![expect(clippy::print_stdout, reason = "a program for a person at a terminal")]

mod actors;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

/// Looks into running services of Polis.
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
        #[arg(default_values = ["http://127.0.0.1:9080", "http://127.0.0.1:9081"])]
        services: Vec<String>,
        /// Draws again every so many seconds, until Ctrl-C.
        #[arg(long, num_args = 0..=1, default_missing_value = "1")]
        watch: Option<u64>,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Command::Actors { services, watch } = Arguments::parse().command;
    loop {
        let mut all_answered = true;
        let mut picture = String::new();
        for service in &services {
            match actors::fetch(service).await {
                Ok(report) => picture.push_str(&actors::draw(&report)),
                Err(error) => {
                    all_answered = false;
                    picture.push_str(&format!("{service}: {error:#}\n"));
                }
            }
            picture.push('\n');
        }
        let Some(seconds) = watch else {
            print!("{picture}");
            return if all_answered { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        };
        // Clears the screen (ECMA-48, ED and CUP).
        print!("\u{1b}[2J\u{1b}[H{picture}");
        tokio::time::sleep(Duration::from_secs(seconds.max(1))).await;
    }
}
