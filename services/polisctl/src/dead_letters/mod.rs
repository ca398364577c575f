//! Records that a service could not apply: listed, shown, planned for, replayed, discarded, over the admin port of the service.
//!
//! Orders are about what [`select`] says; [`list`] prints many, [`show`] one; [`order`] gives the orders.

mod list;
mod order;
mod select;
mod show;

use std::process::ExitCode;

use clap::Subcommand;
pub(crate) use order::carried_out;

/// What can be done about records that could not be applied.
#[derive(Subcommand)]
pub(crate) enum DeadLetters {
    /// Lists them, in the order in which they were set aside.
    List(list::List),
    /// Those that are not decided on, by what they fail of.
    Groups(list::Groups),
    /// Shows one with everything that is kept of it, and what was said each time that it was tried.
    Show(show::Show),
    /// Says what a replay would do; nothing is changed.
    Plan(order::Plan),
    /// Applies them now, in order; those that wait behind them follow.
    Replay(order::Replay),
    /// Never applies them; what comes behind them is not held up any more.
    Discard(order::Discard),
}

pub(crate) async fn run(command: DeadLetters) -> anyhow::Result<ExitCode> {
    match command {
        DeadLetters::List(wanted) => list::list(&wanted).await?,
        DeadLetters::Groups(wanted) => list::groups(&wanted).await?,
        DeadLetters::Show(wanted) => show::show(&wanted).await?,
        DeadLetters::Plan(order) => order::plan(order).await?,
        DeadLetters::Replay(order) => return order::replay(order).await,
        DeadLetters::Discard(order) => order::discard(order).await?,
    }
    Ok(ExitCode::SUCCESS)
}
