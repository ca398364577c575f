//! Registers of the sandbox: what is put wrong in them, what that came to, and the files.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use jiff::civil::Date;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::admin::{save, send};
use crate::sandbox::Place;

/// What is put wrong in the registers of an insurer, as in: register ural-polis --seed 7 --difference premium_differs=4
/// --difference duplicate=2. Without any of it, shows what is put wrong at present.
#[derive(Args)]
pub(crate) struct Register {
    /// The insurer.
    insurer: String,
    /// The same seed gives the same differences.
    #[arg(long)]
    seed: Option<u64>,
    /// How many of which kind: missing_at_insurer, missing_at_us, premium_differs, commission_differs, status_differs,
    /// dates_differ, refund_differs, duplicate, unreadable, ambiguous; and those that are no breaks: not_due_yet,
    /// number_written_otherwise, instalments
    #[arg(long = "difference", value_name = "KIND=N", value_parser = count)]
    differences: Vec<(String, u64)>,
    /// The last day of which registers must know; by the insurer's calendar when absent.
    #[arg(long)]
    cut_off: Option<Date>,
    /// What is wrong with the file as a whole: wrong-encoding, missing-column, shifted, truncated, other-insurer, other-period,
    /// html
    #[arg(long)]
    fault: Option<String>,
    /// Only in the register from this day on, of which it is seen at once whether there are enough policies in it.
    #[arg(long, requires = "to")]
    from: Option<Date>,
    /// The last day of that register.
    #[arg(long, requires = "from")]
    to: Option<Date>,
    /// Puts nothing wrong any more.
    #[arg(long, conflicts_with_all = ["seed", "differences", "cut_off", "fault", "from"])]
    off: bool,
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    place: Place,
}

/// What can be asked of a register.
#[derive(Subcommand)]
enum What {
    /// Lists what was put wrong in the register of a period.
    Differences {
        /// Its first day.
        #[arg(long)]
        from: Date,
        /// Its last day.
        #[arg(long)]
        to: Date,
        /// As JSON, for other programs.
        #[arg(long)]
        json: bool,
    },
    /// Writes the register of a period as the insurer sends it.
    File {
        /// Its first day.
        #[arg(long)]
        from: Date,
        /// Its last day.
        #[arg(long)]
        to: Date,
        /// Where to; standard output when absent.
        #[arg(long)]
        out: Option<PathBuf>,
    },
}

/// A difference, as the sandbox lists it.
#[derive(Deserialize)]
struct Injected {
    kind: String,
    is_break: bool,
    numbers: Vec<String>,
    policies: Vec<String>,
    lines: Vec<u64>,
    changes: Vec<Change>,
}

#[derive(Deserialize)]
struct Change {
    field: String,
    was: Option<String>,
    is: Option<String>,
}

/// KIND=N
fn count(text: &str) -> Result<(String, u64), String> {
    let (kind, count) = text.split_once('=').ok_or("write KIND=N")?;
    let count = count.parse().map_err(|_| format!("{count:?} is not a number of differences"))?;
    Ok((kind.to_owned(), count))
}

pub(crate) async fn run(register: Register) -> anyhow::Result<ExitCode> {
    let Register { insurer, seed, differences, cut_off, fault, from, to, off, what, place } = register;
    let path = format!("/control/insurers/{insurer}/register");
    match what {
        Some(What::Differences { from, to, json }) => {
            let text =
                send(&place.sandbox, Method::GET, &format!("{path}/differences?from={from}&to={to}"), NOTHING).await?;
            if json {
                println!("{text}")
            } else {
                list(&serde_json::from_str::<Vec<Injected>>(&text)?)
            }
            return Ok(ExitCode::SUCCESS);
        }
        Some(What::File { from, to, out }) => {
            let mut into: Box<dyn Write> = match &out {
                Some(path) => Box::new(File::create(path).with_context(|| path.display().to_string())?),
                None => Box::new(std::io::stdout()),
            };
            save(&place.sandbox, &format!("/registers/{insurer}?from={from}&to={to}"), &mut into).await?;
            return Ok(ExitCode::SUCCESS);
        }
        None => {}
    }
    if off {
        send(&place.sandbox, Method::DELETE, &path, NOTHING).await?;
        println!("nothing is put wrong in registers of {insurer} any more");
        return Ok(ExitCode::SUCCESS);
    }
    let ordered = seed.is_some() || !differences.is_empty() || fault.is_some() || cut_off.is_some() || from.is_some();
    if !ordered {
        let text = send(&place.sandbox, Method::GET, &path, NOTHING).await?;
        println!("{:#}", serde_json::from_str::<Value>(&text)?);
        return Ok(ExitCode::SUCCESS);
    }
    let differences: Map<String, Value> = differences.into_iter().map(|(kind, count)| (kind, count.into())).collect();
    let mut order = json!({ "seed": seed.unwrap_or_default(), "differences": differences });
    if let Some(cut_off) = cut_off {
        order["cut_off"] = cut_off.to_string().into();
    }
    if let Some(fault) = fault {
        order["fault"] = fault.into();
    }
    if let (Some(from), Some(to)) = (from, to) {
        order["period"] = json!({ "from": from.to_string(), "to": to.to_string() });
    }
    send(&place.sandbox, Method::PUT, &path, Some(&order)).await?;
    println!("{}", ordered_wrong(&insurer, &order));
    Ok(ExitCode::SUCCESS)
}

/// What is true once the order is obeyed.
fn ordered_wrong(insurer: &str, order: &Value) -> String {
    let text = |name: &str| order[name].as_str();
    let differences = order["differences"].as_object().into_iter().flatten();
    let mut wrong: Vec<String> = differences.map(|(kind, count)| format!("{count} {kind}")).collect();
    wrong.extend(text("fault").map(|fault| format!("the file itself: {fault}")));
    let wrong = if wrong.is_empty() { "nothing".to_owned() } else { wrong.join(", ") };
    let period = &order["period"];
    let of = match (period["from"].as_str(), period["to"].as_str()) {
        (Some(from), Some(to)) => format!("the register of {insurer} from {from} to {to}"),
        _ => format!("every register of {insurer}"),
    };
    let cut_off = text("cut_off").map(|day| format!(", last day known {day}")).unwrap_or_default();
    let seed = &order["seed"];
    format!("put wrong in {of} now: {wrong} (seed {seed}{cut_off}) until: polisctl sandbox register {insurer} --off")
}

const NOTHING: Option<&()> = None;

fn list(injected: &[Injected]) {
    for Injected { kind, is_break, numbers, policies, lines, changes } in injected {
        let mark = if *is_break { "" } else { "  (no break)" };
        let about = if numbers.is_empty() { policies } else { numbers };
        let lines: Vec<String> = lines.iter().map(u64::to_string).collect();
        let place = if lines.is_empty() { String::new() } else { format!("  lines {}", lines.join(", ")) };
        println!("{kind:<26} {}{place}{mark}", about.join(" | "));
        for Change { field, was, is } in changes {
            let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
            println!("    {field}: {} -> {}", text(was), text(is));
        }
    }
    let breaks = injected.iter().filter(|one| one.is_break).count();
    println!("{} differences, {breaks} of them breaks", injected.len());
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{count, ordered_wrong};

    #[test]
    fn an_order_is_told_as_what_is_true_now() {
        let order = json!({ "seed": 7, "differences": { "duplicate": 2, "premium_differs": 4 } });
        let told = ordered_wrong("ural-polis", &order);
        let end = "until: polisctl sandbox register ural-polis --off";
        let what = "put wrong in every register of ural-polis now: 2 duplicate, 4 premium_differs (seed 7)";
        assert_eq!(told, format!("{what} {end}"));
        let period = json!({ "from": "2026-11-01", "to": "2026-11-30" });
        let order = json!({ "seed": 0, "fault": "html", "cut_off": "2026-11-20", "period": period });
        let what = "put wrong in the register of ural-polis from 2026-11-01 to 2026-11-30 now: the file itself: html";
        assert_eq!(ordered_wrong("ural-polis", &order), format!("{what} (seed 0, last day known 2026-11-20) {end}"));
    }

    #[test]
    fn a_difference_is_a_kind_and_a_number() {
        assert_eq!(count("duplicate=2"), Ok(("duplicate".to_owned(), 2)));
        assert!(count("duplicate").unwrap_err().contains("KIND=N"));
        assert!(count("duplicate=two").unwrap_err().contains("two"));
    }
}
