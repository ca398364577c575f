//! Registers that settlement has: listed, and one with its lines that cannot be read.

use clap::Args;
use ins_comp_settlement::admin::registers::{Wanted, WantedLines};
use ins_comp_settlement::intake::{Register, UnreadableLine, Wrong};

use super::language::Language;
use super::totals::amount;
use crate::place::Place;
use crate::table::{Column, Table};

/// Which registers are shown.
#[derive(Args)]
pub(crate) struct Registers {
    /// Only this one, with its lines that cannot be read.
    #[arg(conflicts_with_all = ["insurer", "before"])]
    register: Option<i64>,
    /// Only of that insurer.
    #[arg(long)]
    insurer: Option<String>,
    /// Only older ones than that number.
    #[arg(long)]
    before: Option<i64>,
    /// Only lines behind that one.
    #[arg(long, requires = "register")]
    after: Option<i64>,
    /// How many.
    #[arg(long, default_value_t = 30)]
    limit: i64,
    #[command(flatten)]
    language: Language,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn run(wanted: &Registers) -> anyhow::Result<()> {
    match wanted.register {
        Some(register) => show(register, wanted).await,
        None => list(wanted).await,
    }
}

async fn list(wanted: &Registers) -> anyhow::Result<()> {
    let Registers { insurer, before, limit, place, .. } = wanted;
    let filter = Wanted { insurer: insurer.clone(), before: *before, limit: Some(*limit) };
    let registers: Vec<Register> = place.ask_by("/registers", &filter).await?;
    let mut table = Table::new([
        Column::Number("REGISTER"),
        Column::Text("INSURER"),
        Column::Text("PERIOD"),
        Column::Number("LINES"),
        Column::Number("UNREADABLE"),
        Column::Number("PREMIUM"),
        Column::Text("RECEIVED"),
        Column::Text("BY"),
        Column::Text("FILE"),
    ])
    .or_say("no registers");
    for register in registers {
        table.row([
            register.id.to_string(),
            register.insurer_id,
            format!("{} to {}", register.period_from, register.period_to),
            register.lines.to_string(),
            register.unreadable.to_string(),
            amount(register.premium),
            format!("{:.0}", register.received_at),
            register.received_by,
            register.file_name,
        ]);
    }
    print!("{table}");
    Ok(())
}

async fn show(register: i64, wanted: &Registers) -> anyhow::Result<()> {
    let Registers { after, limit, language, place, .. } = wanted;
    let found: Register = place.ask(&format!("/registers/{register}")).await?;
    let Register { id, insurer_id, period_from, period_to, file_name, bytes, source, received_by, received_at, .. } =
        &found;
    println!("register {id}: {insurer_id}, {period_from} to {period_to}");
    println!("{file_name}, {bytes} bytes, by {source} at {received_at:.0}, {received_by}");
    println!("sha256     {}", found.sha256);
    println!("lines      {}, and {} that cannot be read", found.lines, found.unreadable);
    let Register { premium, commission, refund, currency, .. } = &found;
    println!("premium    {} {currency}", amount(*premium));
    println!("commission {} {currency}", amount(*commission));
    println!("refund     {} {currency}", amount(*refund));
    println!("reading    {}", found.reading);
    if let Some(at) = found.lines_dropped_at {
        println!("its lines were dropped at {at:.0}, being older than is kept");
    }
    if found.unreadable == 0 {
        return Ok(());
    }
    let path = format!("/registers/{register}/unreadable");
    let filter = WantedLines { after: *after, limit: Some(*limit) };
    let lines: Vec<UnreadableLine> = place.ask_by(&path, &filter).await?;
    if lines.is_empty() {
        println!("\nno lines that cannot be read behind that one");
    }
    for line in &lines {
        let sheet = line.sheet.as_ref().map(|sheet| format!(" of sheet {sheet:?}")).unwrap_or_default();
        println!("\nline {}{sheet}: {}", line.number, line.text);
        for Wrong { column, explanation_ru, explanation_en } in &line.wrong {
            println!("    {column}: {}", language.of(explanation_ru, explanation_en));
        }
    }
    if let Some(last) = lines.last().filter(|_| i64::try_from(lines.len()).is_ok_and(|count| count >= *limit)) {
        println!("\nperhaps there are more: --after {}", last.number);
    }
    Ok(())
}
