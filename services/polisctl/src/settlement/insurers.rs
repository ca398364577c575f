//! Insurers, as settlement has them described.

use ins_comp_settlement::admin::insurers::Overview;

use crate::place::Place;
use crate::table::{Column, Table};

pub(super) async fn list(place: &Place) -> anyhow::Result<()> {
    let insurers: Vec<Overview> = place.ask("/insurers").await?;
    let mut table = Table::new([
        Column::Text("INSURER"),
        Column::Text("NAME"),
        Column::Text("REGISTER"),
        Column::Text("FETCHED"),
        Column::Text("NEXT"),
        Column::Text("RULES"),
        Column::Text("TIME ZONE"),
    ])
    .or_say("no insurers: the directory of insurers has no files");
    for insurer in insurers {
        let text = |text: Option<String>| text.unwrap_or_default();
        let fetched = match (insurer.pull, insurer.schedule) {
            (false, _) => "never".to_owned(),
            (true, None) => "by order".to_owned(),
            (true, Some(schedule)) => schedule,
        };
        table.row([
            insurer.id,
            text(insurer.name),
            text(insurer.format),
            fetched,
            insurer.next_pull.map(|at| format!("{at:.0}")).unwrap_or_default(),
            text(insurer.rules_version),
            text(insurer.time_zone),
        ]);
        if let Some(error) = insurer.error {
            table.below(format!("CANNOT BE USED: {error}"));
        }
        if let Some(pulled) = insurer.pulled {
            let days = format!("{} to {}", pulled.period_from, pulled.period_to);
            if let Some(register) = pulled.register_id {
                table.below(format!("{days}: register {register}"));
            } else if let Some(error) = pulled.last_error {
                table.below(format!("{days}: failed {} times, {error}", pulled.attempts));
            }
        }
    }
    print!("{table}");
    Ok(())
}
