//! Breaks: listed as they stand, or as a run has found them, and decided upon.

use clap::Args;
use ins_comp_settlement::admin::runs::WantedBreaks;
use ins_comp_settlement::breaks::Standing;
use ins_comp_settlement::matching::Kind;
use ins_comp_settlement::runs::RunBreak;
use jiff::civil::Date;
use serde::Serialize;

use super::language::Language;
use super::totals::maybe;
use crate::admin::Who;
use crate::place::Place;
use crate::table::{Column, Table};

/// Which breaks are listed.
#[derive(Args)]
pub(crate) struct Breaks {
    /// Those that this run has found, as it found them, and what is not due yet beside them.
    #[arg(long, conflicts_with_all = ["insurer", "state", "owner", "from", "to"])]
    run: Option<i64>,
    /// Only of that insurer.
    #[arg(long)]
    insurer: Option<String>,
    /// Only of that kind: missing_at_insurer, missing_at_us, premium_differs, commission_differs, status_differs, dates_differ,
    /// refund_differs, duplicate, unreadable, ambiguous
    #[arg(long, value_parser = kind)]
    kind: Option<Kind>,
    /// Only in that state: open, explained, accepted, disputed, corrected
    #[arg(long)]
    state: Option<String>,
    /// Only those that this person looks after.
    #[arg(long)]
    owner: Option<String>,
    /// Only of policies whose number has this in it.
    #[arg(long)]
    policy: Option<String>,
    /// Only of periods from that day on.
    #[arg(long)]
    from: Option<Date>,
    /// Only of periods until that day.
    #[arg(long)]
    to: Option<Date>,
    /// Only those behind that number.
    #[arg(long)]
    after: Option<i64>,
    /// How many.
    #[arg(long, default_value_t = 50)]
    limit: i64,
    #[command(flatten)]
    language: Language,
    #[command(flatten)]
    place: Place,
}

/// What is decided.
#[derive(Args)]
pub(crate) struct Decide {
    /// The numbers of the breaks; all of them are decided upon, or none.
    #[arg(required = true)]
    ids: Vec<i64>,
    /// Their state from now on: open, explained, accepted, disputed, corrected
    #[arg(long, required_unless_present = "owner")]
    state: Option<String>,
    /// Who looks after them from now on.
    #[arg(long)]
    owner: Option<String>,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    place: Place,
}

#[derive(Serialize)]
struct Filter<'f> {
    insurer: Option<&'f str>,
    kind: Option<Kind>,
    state: Option<&'f str>,
    owner: Option<&'f str>,
    q: Option<&'f str>,
    from: Option<Date>,
    to: Option<Date>,
    after: Option<i64>,
    limit: i64,
}

#[derive(Serialize)]
struct Decision<'d> {
    ids: &'d [i64],
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'d str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'d str>,
    by: &'d str,
    why: &'d str,
}

fn kind(name: &str) -> Result<Kind, String> {
    Kind::named(name)
        .ok_or_else(|| format!("there is no such kind; there are {}", Kind::ALL.map(Kind::as_str).join(", ")))
}

pub(super) async fn list(wanted: &Breaks) -> anyhow::Result<()> {
    match wanted.run {
        Some(run) => of_run(run, wanted).await,
        None => standing(wanted).await,
    }
}

async fn of_run(run: i64, wanted: &Breaks) -> anyhow::Result<()> {
    let Breaks { kind, policy, after, limit, language, place, .. } = wanted;
    let query = WantedBreaks { kind: *kind, q: policy.clone(), after: *after, limit: Some(*limit) };
    let found: Vec<RunBreak> = place.ask_by(&format!("/runs/{run}/breaks"), &query).await?;
    let mut table = Table::new([
        Column::Number("PLACE"),
        Column::Text("KIND"),
        Column::Text("POLICIES OR LINES"),
        Column::Number("OURS"),
        Column::Number("THEIRS"),
        Column::Number("DIFFERENCE"),
        Column::Text("TARIFF SAYS"),
    ])
    .or_say("no breaks");
    for found in &found {
        let RunBreak { ordinal, kind, ours, theirs, difference, tariff_says, .. } = found;
        table.row([
            ordinal.to_string(),
            kind.clone(),
            concerns(&found.policies, &found.lines),
            maybe(*ours),
            maybe(*theirs),
            maybe(*difference),
            tariff_says.clone().unwrap_or_default(),
        ]);
        table.below(language.of(&found.explanation_ru, &found.explanation_en));
    }
    print!("{table}");
    more(found.len(), *limit, found.last().map(|last| last.ordinal));
    Ok(())
}

async fn standing(wanted: &Breaks) -> anyhow::Result<()> {
    let Breaks { kind, from, to, after, limit, language, place, .. } = wanted;
    let query = Filter {
        insurer: wanted.insurer.as_deref(),
        kind: *kind,
        state: wanted.state.as_deref(),
        owner: wanted.owner.as_deref(),
        q: wanted.policy.as_deref(),
        from: *from,
        to: *to,
        after: *after,
        limit: *limit,
    };
    let breaks: Vec<Standing> = place.ask_by("/breaks", &query).await?;
    print!("{}", table(&breaks, language));
    more(breaks.len(), *limit, breaks.last().map(|last| last.id));
    Ok(())
}

fn table(breaks: &[Standing], language: &Language) -> Table {
    let mut table = Table::new([
        Column::Number("BREAK"),
        Column::Text("STATE"),
        Column::Text("OWNER"),
        Column::Text("INSURER"),
        Column::Text("PERIOD"),
        Column::Text("KIND"),
        Column::Text("POLICIES OR LINES"),
        Column::Number("DIFFERENCE"),
    ])
    .or_say("no breaks");
    for found in breaks {
        let Standing { id, state, owner, insurer_id, period_from, period_to, kind, difference, .. } = found;
        table.row([
            id.to_string(),
            state.to_string(),
            owner.clone().unwrap_or_default(),
            insurer_id.clone(),
            format!("{period_from} to {period_to}"),
            kind.to_string(),
            concerns(&found.policies, &found.lines),
            maybe(*difference),
        ]);
        table.below(language.of(&found.explanation_ru, &found.explanation_en));
    }
    table
}

/// What a break is about, cut to what a person reads in a table.
pub(super) fn concerns(policies: &[String], lines: &[i64]) -> String {
    const MOST: usize = 3;
    let (all, prefix): (Vec<String>, &str) = match policies {
        [] => (lines.iter().map(i64::to_string).collect(), if lines.len() > 1 { "lines " } else { "line " }),
        policies => (policies.to_vec(), ""),
    };
    let shown = all.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = all.len().saturating_sub(MOST);
    if more > 0 { format!("{prefix}{shown} and {more} more") } else { format!("{prefix}{shown}") }
}

/// Says how to go on where a list is as long as it may be.
fn more(listed: usize, limit: i64, last: Option<i64>) {
    if let Some(last) = last.filter(|_| i64::try_from(listed).is_ok_and(|listed| listed >= limit)) {
        println!("perhaps there are more: --after {last}");
    }
}

pub(super) async fn decide(decide: &Decide) -> anyhow::Result<()> {
    let Decide { ids, state, owner, who, place } = decide;
    let decision = Decision { ids, state: state.as_deref(), owner: owner.as_deref(), by: &who.by, why: &who.why };
    let breaks: Vec<Standing> = place.tell("/breaks", &decision).await?;
    for Standing { id, state, owner, kind, .. } in &breaks {
        let owner = owner.as_ref().map(|owner| format!(", looked after by {owner}")).unwrap_or_default();
        println!("break {id} ({kind}) is {state}{owner}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::concerns;

    #[test]
    fn a_break_is_about_policies_or_else_about_lines() {
        let numbers: Vec<String> = (1..=5).map(|number| format!("PL-{number}")).collect();
        assert_eq!(concerns(&numbers[..1], &[4]), "PL-1");
        assert_eq!(concerns(&numbers, &[4]), "PL-1, PL-2, PL-3 and 2 more");
        assert_eq!(concerns(&[], &[4]), "line 4");
        assert_eq!(concerns(&[], &[4, 5]), "lines 4, 5");
    }
}
