//! Which of several lines of one policy say something, and which say it again.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::rules::{Rules, SeveralLines};
use crate::register::{Line, LineStatus};

/// The lines of one policy, sorted out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sorted {
    /// What the insurer says of the policy.
    pub(super) said: Vec<Line>,
    /// The duplicates.
    pub(super) again: Vec<Line>,
}

/// Sorts the lines, in their [`order`], of policies for which we have taken `ours`. Lines are parts of a premium as
/// long as their sum makes sense. Where it does not, and each by itself does, one of them says it; where not even that,
/// those that repeat another one are duplicates if the sum is nearer to ours without them.
pub(super) fn sort(ours: Decimal, expected: Option<Decimal>, lines: Vec<Line>, rules: &Rules) -> Sorted {
    if lines.len() < 2 {
        return Sorted { said: lines, again: Vec::new() };
    }
    let tolerance = &rules.compare.premium;
    let makes_sense = |premium: Decimal| {
        tolerance.allows(ours, premium) || expected.is_some_and(|expected| tolerance.allows(expected, premium))
    };
    if rules.several_lines == SeveralLines::Mistake {
        let best = first(&lines, |line| tolerance.allows(ours, line.premium));
        let best = best.or_else(|| first(&lines, |line| makes_sense(line.premium))).or_else(|| first(&lines, |_| true));
        return keep(lines, |at, _| Some(at) == best);
    }
    let whole = premium_of(&lines);
    if makes_sense(whole) {
        return Sorted { said: lines, again: Vec::new() };
    }
    if lines.iter().all(|line| makes_sense(line.premium)) {
        let only = restated(&lines, rules.several_lines);
        return keep(lines, |at, _| Some(at) == only);
    }
    let mut before = BTreeSet::new();
    let repeats: Vec<bool> = lines.iter().map(|line| !before.insert(content(line))).collect();
    drop(before);
    let once = lines.iter().zip(&repeats).filter(|(_, repeats)| !**repeats);
    let without: Decimal = once.map(|(line, _)| line.premium).sum();
    let nearer = (ours - without).abs() < (ours - whole).abs();
    if makes_sense(without) || nearer {
        return keep(lines, |at, _| !repeats[at]);
    }
    Sorted { said: lines, again: Vec::new() }
}

/// Which of several lines counts that each state the whole policy: the first by what they say, or of endorsements that differ the
/// last word.
fn restated(lines: &[Line], several: SeveralLines) -> Option<usize> {
    let differ = lines.windows(2).any(|two| content(&two[0]) != content(&two[1]));
    if differ && several == SeveralLines::Endorsements {
        return lines.iter().enumerate().max_by_key(|(at, line)| (line.issued_on, *at)).map(|(at, _)| at);
    }
    first(lines, |_| true)
}

/// The first of those lines by what they say, wherever they stand: a register that is sorted anew says the same. Of lines that say
/// the same, the one that comes first.
fn first(lines: &[Line], which: impl Fn(&Line) -> bool) -> Option<usize> {
    let those = lines.iter().enumerate().filter(|(_, line)| which(line));
    those.min_by(|(_, one), (_, other)| by_issue(one).cmp(&by_issue(other))).map(|(at, _)| at)
}

fn by_issue(line: &Line) -> (Option<Date>, Content<'_>) {
    (line.issued_on, content(line))
}

/// Of the lines of a policy that we do not know: only where several are a mistake are there duplicates to be seen.
pub(super) fn sort_unknown(lines: Vec<Line>, rules: &Rules) -> Sorted {
    match rules.several_lines {
        SeveralLines::Mistake => {
            let only = first(&lines, |_| true);
            keep(lines, |at, _| Some(at) == only)
        }
        SeveralLines::Instalments | SeveralLines::Endorsements => Sorted { said: lines, again: Vec::new() },
    }
}

fn keep(lines: Vec<Line>, said: impl Fn(usize, &Line) -> bool) -> Sorted {
    let mut sorted = Sorted::default();
    for (at, line) in lines.into_iter().enumerate() {
        let into = if said(at, &line) { &mut sorted.said } else { &mut sorted.again };
        into.push(line);
    }
    sorted
}

fn premium_of(lines: &[Line]) -> Decimal {
    lines.iter().map(|line| line.premium).sum()
}

/// What a line says, but for its place and the writing of its number.
type Content<'l> = (Decimal, [Option<Date>; 4], bool, [Option<Decimal>; 2], Option<&'l str>);

fn content(line: &Line) -> Content<'_> {
    let dates = [line.issued_on, line.starts_on, line.ends_on, line.cancelled_from];
    let cancelled = line.status == LineStatus::Cancelled;
    (line.premium, dates, cancelled, [line.commission, line.refund], line.product.as_deref())
}

/// The order of lines that does not depend on how they came: by place, and where sheets number their rows alike, by
/// content.
pub(super) fn order(one: &Line, other: &Line) -> Ordering {
    let place = one.number.cmp(&other.number).then_with(|| one.policy_number.cmp(&other.policy_number));
    place.then_with(|| content(one).cmp(&content(other)))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{date, decimal, line};
    use super::*;

    fn sorted(several: SeveralLines, premiums: &[&str], differing: bool) -> (Vec<u64>, Vec<u64>) {
        let rules = Rules { several_lines: several, ..Rules::default() };
        let lines = (1..).zip(premiums).map(|(number, premium)| {
            let issued_on = differing.then(|| date("2026-11-01").saturating_add(jiff::Span::new().days(number)));
            Line { issued_on, ..line(u64::try_from(number).unwrap(), "PL-18", premium) }
        });
        let sorted = sort(decimal("3650.00"), Some(decimal("4000.00")), lines.collect(), &rules);
        let numbers = |lines: Vec<Line>| lines.iter().map(|line| line.number).collect();
        (numbers(sorted.said), numbers(sorted.again))
    }

    #[test]
    fn parts_are_parts_and_repeats_are_duplicates() {
        use SeveralLines::{Endorsements, Instalments, Mistake};
        for (several, premiums, differing, said, again) in [
            (Instalments, &["1825", "1825"][..], false, &[1, 2][..], &[][..]),
            (Instalments, &["2000", "2000"], false, &[1, 2], &[]),
            (Instalments, &["3650", "3650"], false, &[1], &[2]),
            (Instalments, &["3650", "3650"], true, &[1], &[2]),
            (Instalments, &["3650", "4000", "3650"], true, &[1], &[2, 3]),
            (Instalments, &["1825", "1825", "1825"], true, &[1, 2, 3], &[]),
            (Instalments, &["2000", "1650", "2000"], false, &[1, 2], &[3]),
            (Instalments, &["3560", "3560"], false, &[1], &[2]),
            (Instalments, &["1800", "1800"], false, &[1, 2], &[]),
            (Instalments, &["1800", "1840"], true, &[1, 2], &[]),
            (Endorsements, &["4000", "-350"], true, &[1, 2], &[]),
            (Endorsements, &["3650", "3650"], false, &[1], &[2]),
            (Endorsements, &["3650", "3650"], true, &[2], &[1]),
            (Mistake, &["3560", "3650"], true, &[2], &[1]),
            (Mistake, &["3560", "4000"], true, &[2], &[1]),
            (Mistake, &["1825", "1825"], false, &[1], &[2]),
        ] {
            let expected = (said.to_vec(), again.to_vec());
            assert_eq!(sorted(several, premiums, differing), expected, "{several:?} {premiums:?} {differing}");
        }
    }

    #[test]
    fn the_writing_of_a_number_makes_no_other_line() {
        let lines = [line(1, "PL-18", "1"), line(2, "pl 18", "1"), line(3, "PL-18", "2")];
        assert_eq!(content(&lines[0]), content(&lines[1]));
        assert_ne!(content(&lines[0]), content(&lines[2]));
    }
}
