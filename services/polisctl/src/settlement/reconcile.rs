//! Reconciling a register with what was sold, from the file to the result.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use ins_comp_settlement::admin::registers::{Pull, Upload};
use ins_comp_settlement::admin::runs::Reconcile;
use ins_comp_settlement::intake::Received;
use ins_comp_settlement::runs::Run;
use jiff::civil::Date;

use super::upload::upload;
use super::{totals, wait};
use crate::admin::Who;
use crate::place::Place;

/// What `run` exits with when breaks are found and that is to be seen by its exit code.
const BREAKS: u8 = 2;

/// What is to be reconciled. Without a file, a register and `--pull`: the newest register of the period.
#[derive(Args)]
pub(crate) struct Reconciliation {
    /// The register, as the insurer sent it.
    file: Option<PathBuf>,
    /// A register that was sent before, by its number.
    #[arg(long, conflicts_with_all = ["file", "pull", "insurer", "from", "to"])]
    register: Option<i64>,
    /// Fetches the register from the insurer.
    #[arg(long, conflicts_with = "file")]
    pull: bool,
    /// Whose register it is.
    #[arg(long, required_unless_present = "register")]
    insurer: Option<String>,
    /// The first day of its period, as in 2026-11-01.
    #[arg(long, required_unless_present = "register")]
    from: Option<Date>,
    /// The last day of its period.
    #[arg(long, required_unless_present = "register")]
    to: Option<Date>,
    /// Does not wait for the result.
    #[arg(long)]
    detach: bool,
    /// Exits with 2 when there are breaks; otherwise only a run that failed is a failure.
    #[arg(long)]
    fail_on_breaks: bool,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn run(wanted: Reconciliation) -> anyhow::Result<ExitCode> {
    let order = wanted.order().await?;
    let place = &wanted.place;
    let ordered: Run = place.tell("/runs", &order).await?;
    if wanted.detach {
        println!("ordered as run {}", ordered.id);
        return Ok(ExitCode::SUCCESS);
    }
    let run = wait::ended(place, ordered).await?;
    totals::print(&run);
    if let Some(error) = &run.error {
        anyhow::bail!("run {} failed: {error}", run.id);
    }
    let breaks = run.breaks.unwrap_or_default();
    let option = place.option();
    if breaks > 0 {
        println!("\neach of them: polisctl settlement breaks --run {}{option}", run.id);
    }
    println!("the act:      polisctl settlement export {} --format pdf --out .{option}", run.id);
    Ok(if breaks > 0 && wanted.fail_on_breaks { ExitCode::from(BREAKS) } else { ExitCode::SUCCESS })
}

impl Reconciliation {
    /// What is ordered, once the register is there.
    async fn order(&self) -> anyhow::Result<Reconcile> {
        let Who { by, why } = &self.who;
        let order = Reconcile { by: by.clone(), why: why.clone(), ..Reconcile::default() };
        if self.register.is_some() {
            return Ok(Reconcile { register: self.register, ..order });
        }
        let (insurer, from, to) = (self.insurer.clone(), self.from, self.to);
        let (insurer, from, to) = (insurer.context("--insurer")?, from.context("--from")?, to.context("--to")?);
        if let Some(file) = &self.file {
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let sending = Upload { insurer, from, to, name, by: by.clone() };
            let received = upload(&self.place, file, &sending).await?;
            return Ok(Reconcile { register: Some(told(&received)), ..order });
        }
        if self.pull {
            let wanted = Pull { insurer, from, to, by: by.clone(), why: why.clone() };
            let received: Received = self.place.tell("/registers/pull", &wanted).await?;
            return Ok(Reconcile { register: Some(told(&received)), ..order });
        }
        Ok(Reconcile { insurer: Some(insurer), from: Some(from), to: Some(to), ..order })
    }
}

/// Says which register has come, and answers its number.
fn told(Received { register, known }: &Received) -> i64 {
    let (is, unreadable) = (if *known { "was received before, as" } else { "is" }, register.unreadable);
    println!(
        "{} {is} register {}: {} lines, {unreadable} that cannot be read",
        register.file_name, register.id, register.lines
    );
    register.id
}
