//! The story of a break: what it is, what happened to it, and what both sides know of it.

use clap::Args;
use ins_comp_settlement::admin::policies::Policy;
use ins_comp_settlement::breaks::{Event, Standing, Story};
use ins_comp_settlement::intake::RegisterLine;
use jiff::civil::Date;

use super::breaks::concerns;
use super::language::Language;
use super::totals::{amount, maybe};
use crate::place::Place;
use crate::table::{Column, Table};

/// A break.
#[derive(Args)]
pub(crate) struct One {
    /// Its number.
    id: i64,
    #[command(flatten)]
    language: Language,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn tell(one: &One) -> anyhow::Result<()> {
    let Story { standing, history, policies, lines } = one.place.ask(&format!("/breaks/{}", one.id)).await?;
    head(&standing, &one.language);
    println!("\n{}", happened(&history));
    if !policies.is_empty() {
        println!("{}", ours(&policies));
    }
    if !lines.is_empty() {
        println!("{}", theirs(&lines));
    }
    Ok(())
}

fn head(found: &Standing, language: &Language) {
    let Standing { id, kind, insurer_id, period_from, period_to, state, owner, .. } = found;
    println!("break {id}: {kind}, {insurer_id}, {period_from} to {period_to}");
    println!("{}", language.of(&found.explanation_ru, &found.explanation_en));
    let owner = owner.as_ref().map_or_else(|| "nobody".to_owned(), String::clone);
    println!("it is {state}, looked after by {owner}; about {}", concerns(&found.policies, &found.lines));
    if let Some(says) = &found.tariff_says {
        println!("the premium that the tariff confirms: {says}");
    }
    println!("found by run {} first, by run {} last", found.first_run, found.last_run);
}

fn happened(history: &[Event]) -> Table {
    let mut table = Table::new([
        Column::Text("WHEN"),
        Column::Text("BY"),
        Column::Text("WHAT"),
        Column::Text("STATE"),
        Column::Text("OWNER"),
        Column::Number("OURS"),
        Column::Number("THEIRS"),
        Column::Number("DIFFERENCE"),
    ]);
    for event in history {
        let Event { at, by, what, state, owner, ours, theirs, difference, why, .. } = event;
        table.row([
            format!("{at:.0}"),
            by.clone(),
            what.to_string(),
            state.to_string(),
            owner.clone().unwrap_or_default(),
            maybe(*ours),
            maybe(*theirs),
            maybe(*difference),
        ]);
        if !why.is_empty() {
            table.below(why.as_str());
        }
    }
    table
}

/// Policies as they are known now, with the tariff that held when they were issued.
fn ours(policies: &[Policy]) -> Table {
    let mut table = Table::new([
        Column::Text("POLICY"),
        Column::Text("PRODUCT"),
        Column::Text("TARIFF"),
        Column::Number("PREMIUM"),
        Column::Number("BY TARIFF"),
        Column::Text("ISSUED"),
        Column::Text("COVER"),
        Column::Text("CANCELLED FROM"),
        Column::Number("REFUND"),
    ]);
    for policy in policies {
        table.row([
            policy.policy_number.clone(),
            policy.product_id.clone(),
            format!("{} (version {})", policy.tariff_id, policy.tariff_version),
            amount(policy.premium),
            maybe(policy.expected_premium),
            policy.issued_at.map(|at| format!("{at:.0}")).unwrap_or_default(),
            format!("{} to {}", policy.starts_on, policy.ends_on),
            day(policy.cancelled_from),
            amount(policy.refund),
        ]);
    }
    table
}

/// Lines as they stand in the register.
fn theirs(lines: &[RegisterLine]) -> Table {
    let mut table = Table::new([
        Column::Number("LINE"),
        Column::Text("NUMBER"),
        Column::Text("PRODUCT"),
        Column::Number("PREMIUM"),
        Column::Number("COMMISSION"),
        Column::Text("ISSUED"),
        Column::Text("COVER"),
        Column::Text("CANCELLED"),
        Column::Number("REFUND"),
    ]);
    for line in lines {
        let cancelled = match (line.cancelled, line.cancelled_from) {
            (false, _) => "no".to_owned(),
            (true, None) => "yes".to_owned(),
            (true, Some(from)) => format!("from {from}"),
        };
        table.row([
            line.number.to_string(),
            line.policy_number.clone(),
            line.product.clone().unwrap_or_default(),
            amount(line.premium),
            maybe(line.commission),
            day(line.issued_on),
            cover(line.starts_on, line.ends_on),
            cancelled,
            maybe(line.refund),
        ]);
    }
    table
}

fn cover(from: Option<Date>, to: Option<Date>) -> String {
    if from.or(to).is_some() { format!("{} to {}", day(from), day(to)) } else { String::new() }
}

fn day(day: Option<Date>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}
