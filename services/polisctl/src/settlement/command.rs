//! What can be done about settlement.

use std::process::ExitCode;

use clap::Subcommand;

use super::{breaks, export, insurers, reconcile, registers, runs, story};
use crate::place::Place;

/// What can be done about settlement.
#[derive(Subcommand)]
pub(crate) enum Settlement {
    /// Reconciles: sends a register, or takes one that is there, waits for the result and prints it.
    Run(Box<reconcile::Reconciliation>),
    /// Lists registers, newest first; with a number, shows one and its lines that cannot be read.
    Registers(registers::Registers),
    /// Lists runs, newest first.
    Runs(runs::Runs),
    /// Shows a run and what it came to.
    Show(runs::One),
    /// Shows what is new, gone and changed since an earlier run of the same period.
    Diff(runs::Diff),
    /// Writes a run as a file: CSV, a workbook, JSON, or the act of reconciliation in PDF.
    Export(export::Export),
    /// Lists breaks as they stand, or those that a run has found.
    Breaks(Box<breaks::Breaks>),
    /// Tells the story of a break.
    Break(story::One),
    /// Decides upon breaks: their state, their owner, or both.
    Decide(breaks::Decide),
    /// Makes the result of a run again from what was frozen, and compares.
    Verify(runs::One),
    /// Closes the period of a run: it is settled.
    Close(runs::Closing),
    /// Opens the period of a run again.
    Reopen(runs::Closing),
    /// Lists insurers and whether their files can be used.
    Insurers(Place),
}

pub(crate) async fn run(command: Settlement) -> anyhow::Result<ExitCode> {
    match command {
        Settlement::Run(wanted) => return reconcile::run(*wanted).await,
        Settlement::Verify(one) => return runs::verify(&one).await,
        Settlement::Registers(wanted) => registers::run(&wanted).await,
        Settlement::Runs(wanted) => runs::list(&wanted).await,
        Settlement::Show(one) => runs::show(&one).await,
        Settlement::Diff(diff) => runs::diff(&diff).await,
        Settlement::Export(wanted) => export::run(&wanted).await,
        Settlement::Breaks(wanted) => breaks::list(&wanted).await,
        Settlement::Break(one) => story::tell(&one).await,
        Settlement::Decide(decision) => breaks::decide(&decision).await,
        Settlement::Close(closing) => runs::close(&closing, "close").await,
        Settlement::Reopen(closing) => runs::close(&closing, "reopen").await,
        Settlement::Insurers(place) => insurers::list(&place).await,
    }?;
    Ok(ExitCode::SUCCESS)
}
