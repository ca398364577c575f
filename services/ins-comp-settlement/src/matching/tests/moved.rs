//! A register that comes again with its lines at other places says the same, break by break.

use std::collections::BTreeMap;

use super::breaks::{Amounts, Kind, TariffSays};
use super::rules::SeveralLines;
use super::samples::{date, line_of, policy};
use super::scenario::{Scenario, Settled};
use crate::register::{Line, LineStatus};

/// What the next run is compared by.
type Said = (Vec<String>, Amounts, Option<TariffSays>, Vec<u8>);

fn said(settled: &Settled) -> BTreeMap<String, Said> {
    let said = settled.breaks().into_iter().map(|found| {
        let said = (found.policies.clone(), found.amounts, found.tariff_says, found.explanation.content());
        (found.id.to_string(), said)
    });
    said.collect()
}

fn settled(several: SeveralLines, lines: &[Line]) -> Settled {
    let mut scenario = Scenario::new(vec![policy("PL-18", "3650.00")], lines.to_vec());
    scenario.rules.several_lines = several;
    scenario.run()
}

/// Lines of the policy, each with another beginning and another day of issue; the last one is cancelled.
fn lines(premiums: &[&str]) -> Vec<Line> {
    let mut lines: Vec<Line> =
        (1..).zip(premiums).map(|(at, premium)| line_of(at, &policy("PL-18", premium))).collect();
    for (line, day) in lines.iter_mut().zip(1..) {
        line.starts_on = Some(date("2026-12-01").saturating_add(jiff::Span::new().days(day)));
        line.issued_on = Some(date("2026-11-01").saturating_add(jiff::Span::new().days(day)));
    }
    if let Some(last) = lines.last_mut() {
        last.status = LineStatus::Cancelled;
    }
    lines
}

/// The other way round, and with other lines before them.
fn moved(lines: &[Line]) -> Vec<Line> {
    let place = |line: &Line| Line { number: 20 - line.number, ..line.clone() };
    lines.iter().map(place).rev().collect()
}

#[test]
fn nothing_has_changed_when_lines_stand_elsewhere() {
    use SeveralLines::{Endorsements, Instalments, Mistake};
    for (several, premiums, kinds) in [
        // Each says the whole policy: one counts, the others say it again.
        (Instalments, &["3650.00", "3650.00", "3650.00"][..], &[Kind::DatesDiffer, Kind::Duplicate][..]),
        (Mistake, &["3650.00", "3650.00"], &[Kind::DatesDiffer, Kind::Duplicate]),
        (Mistake, &["3560.00", "3560.00"], &[Kind::DatesDiffer, Kind::PremiumDiffers]),
        (Endorsements, &["3650.00", "3650.00"], &[Kind::DatesDiffer, Kind::StatusDiffers, Kind::Duplicate]),
        // Parts.
        (Instalments, &["2000.00", "1600.00"], &[Kind::DatesDiffer, Kind::StatusDiffers, Kind::PremiumDiffers]),
        (Endorsements, &["4000.00", "-300.00"], &[Kind::DatesDiffer, Kind::StatusDiffers, Kind::PremiumDiffers]),
    ] {
        let lines = lines(premiums);
        let (before, after) = (settled(several, &lines), settled(several, &moved(&lines)));
        for kind in kinds {
            assert!(before.kinds().contains(kind), "{several:?} {premiums:?} {kind}: {:?}", before.kinds());
        }
        assert_eq!(said(&before), said(&after), "{several:?} {premiums:?}");
    }
}

#[test]
fn another_day_is_another_word() {
    let before = lines(&["2000.00", "1600.00"]);
    let mut after = before.clone();
    after[0].starts_on = Some(date("2026-11-30"));
    let [before, after] = [before, after].map(|lines| said(&settled(SeveralLines::Instalments, &lines)));
    let changed: Vec<&String> =
        before.iter().filter(|(id, said)| after.get(*id) != Some(said)).map(|(id, _)| id).collect();
    assert_eq!(changed, ["dates_differ:PL-18"]);
}
