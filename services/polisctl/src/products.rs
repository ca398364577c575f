//! What was offered when.

use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use ins_product_aggregator::admin::products::{AsOf, Offered, Revision, TariffVersion, Version};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::admin::Admin;

/// What can be asked about products.
#[derive(Subcommand)]
pub(crate) enum Products {
    /// Shows what was on offer at a time, as we knew it then.
    AsOf {
        /// As in 12:03 (today), 2026-11-25T12:03 (here), or 2026-11-25T12:03:00Z; now when absent.
        #[arg(value_parser = time)]
        at: Option<Timestamp>,
        /// Only of that insurer.
        #[arg(long)]
        insurer: Option<String>,
        /// Only that product.
        #[arg(long)]
        product: Option<String>,
        /// Only tariffs that the insurer offers for that day.
        #[arg(long)]
        valid_on: Option<Date>,
        #[command(flatten)]
        admin: Admin,
    },
    /// Shows all revisions of a product and what began with each.
    History {
        /// The insurer.
        insurer: String,
        /// Its product.
        product: String,
        #[command(flatten)]
        admin: Admin,
    },
}

/// A time as people say it.
fn time(text: &str) -> Result<Timestamp, String> {
    let here = |civil: DateTime| civil.to_zoned(TimeZone::system()).map(|zoned| zoned.timestamp());
    let instant = text.parse::<Timestamp>().or_else(|_| text.parse::<DateTime>().and_then(here));
    let instant =
        instant.or_else(|_| text.parse::<Time>().and_then(|time| here(Zoned::now().date().to_datetime(time))));
    instant.map_err(|_| format!("{text:?} is not a time; write 12:03, 2026-11-25T12:03 or 2026-11-25T12:03:00Z"))
}

pub(crate) async fn run(command: Products) -> anyhow::Result<ExitCode> {
    match command {
        Products::AsOf { at, insurer, product, valid_on, admin } => {
            let asked = AsOf { at, insurer, product, valid_on, after: None, limit: Some(200) };
            as_of(&admin, asked).await
        }
        Products::History { insurer, product, admin } => history(&admin, &insurer, &product).await,
    }
}

async fn as_of(admin: &Admin, mut asked: AsOf) -> anyhow::Result<ExitCode> {
    let mut count = 0;
    loop {
        let query = serde_urlencoded::to_string(&asked).context("parameters")?;
        let page: Offered = admin.ask(&format!("/products?{query}")).await?;
        if count == 0 && page.items.is_empty() {
            println!("nothing was on offer at {}", page.at);
            return Ok(ExitCode::SUCCESS);
        }
        if count == 0 {
            println!("on offer at {}:\n", page.at);
        }
        // Every page is of the same moment.
        asked.at = Some(page.at);
        count += page.items.len();
        page.items.iter().for_each(show);
        asked.after = page.next;
        if asked.after.is_none() {
            break;
        }
    }
    println!("\n{count} products");
    Ok(ExitCode::SUCCESS)
}

fn show(version: &Version) {
    let Version { insurer_id, product_id, revision, line, name, known_from, known_to, tariffs } = version;
    let until = known_to.map(|to| format!(" until {to:.0}")).unwrap_or_default();
    println!("{insurer_id}/{product_id}  {line}  {name}  (revision {revision}, since {known_from:.0}{until})");
    tariffs.iter().for_each(tariff);
}

fn tariff(tariff: &TariffVersion) {
    let TariffVersion { tariff_id, version, name, premium, currency, valid_from, valid_to, .. } = tariff;
    let from = valid_from.map(|day| format!("  from {day}")).unwrap_or_default();
    let to = valid_to.map(|day| format!("  to {day}")).unwrap_or_default();
    println!("    {tariff_id}  {name}  {premium} {currency}  (version {version}){from}{to}");
}

async fn history(admin: &Admin, insurer: &str, product: &str) -> anyhow::Result<ExitCode> {
    let revisions: Vec<Revision> = admin.ask(&format!("/products/{insurer}/{product}/history")).await?;
    for Revision { revision, kind, name, known_from, known_to, tariffs } in revisions {
        let until = known_to.map_or("now".to_owned(), |to| format!("{to:.3}"));
        println!("revision {revision}  {kind}  {name}  {known_from:.3} to {until}");
        tariffs.iter().for_each(tariff);
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn times_are_understood_as_people_write_them() {
        assert_eq!(time("2026-11-25T12:03:00Z").unwrap().to_string(), "2026-11-25T12:03:00Z");
        for here in ["12:03", "2026-11-25T12:03", "2026-11-25 12:03"] {
            assert!(time(here).is_ok(), "{here}");
        }
        assert!(time("noon").unwrap_err().contains("12:03"));
    }
}
