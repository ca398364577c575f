use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::*;
use crate::registers::policy::Cancellation;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn november() -> Period {
    Period { from: day("2026-11-01"), to: day("2026-11-30") }
}

/// Policies of November, every seventh of them cancelled on its first day, and some of other months.
fn policies(count: i64) -> Vec<Policy> {
    let policy = |at: i64| {
        let issued_on = day("2026-11-01").saturating_add(jiff::Span::new().days(at % 30));
        let starts_on = issued_on.saturating_add(jiff::Span::new().days(3));
        let premium = Decimal::from(3_000 + at % 5 * 100);
        Policy {
            number: format!("PL-{:010}", at * 10 + 8),
            product: "ural-travel-1".to_owned(),
            issued_on: if at % 50 == 49 { day("2026-10-31") } else { issued_on },
            starts_on,
            ends_on: starts_on.saturating_add(jiff::Span::new().days(364)),
            premium,
            cancelled: (at % 7 == 0).then_some(Cancellation { from: starts_on, refund: premium }),
        }
    };
    (0..count).map(policy).collect()
}

fn wishes(count: usize) -> Wishes {
    Kind::ALL.into_iter().map(|kind| (kind, count)).collect()
}

fn differing(policies: &[Policy], seed: u64, wishes: &Wishes) -> Result<Differing, NotEnough> {
    differ(policies, november(), &Terms::default(), Wanted { seed, wishes, due: day("2026-11-25") })
}

#[test]
fn without_wishes_it_is_the_truth() {
    let policies = policies(200);
    let register = differing(&policies, 7, &Wishes::new()).unwrap();
    let november: BTreeSet<&str> =
        policies.iter().filter(|p| november().contains(p.issued_on)).map(|p| p.number.as_str()).collect();
    let said: BTreeSet<&str> = register.lines.iter().map(|line| line.number.as_str()).collect();
    assert_eq!((said, register.lines.len(), register.injected.len()), (november, 196, 0));
    for line in &register.lines {
        assert_eq!(line.commission * Decimal::TEN, line.premium);
    }
}

#[test]
fn the_same_seed_gives_the_same_and_another_one_does_not() {
    let (mut policies, wishes) = (policies(500), wishes(4));
    let first = differing(&policies, 7, &wishes).unwrap();
    policies.reverse();
    assert_eq!(differing(&policies, 7, &wishes).unwrap(), first, "whatever the order in which policies came");
    assert_ne!(differing(&policies, 8, &wishes).unwrap().injected, first.injected);
}

#[test]
fn every_kind_is_there_as_often_as_it_is_wanted_and_no_policy_has_two() {
    for seed in 0..20 {
        let (policies, wishes) = (policies(500), wishes(3));
        let Differing { lines, injected } = differing(&policies, seed, &wishes).unwrap();
        let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
        injected.iter().for_each(|one| *counts.entry(one.kind).or_default() += 1);
        assert_eq!(counts, wishes);
        let named: Vec<&String> = injected.iter().flat_map(|one| &one.policies).collect();
        assert_eq!(named.iter().collect::<BTreeSet<_>>().len(), named.len(), "{named:?}");
        for Injected { kind, numbers, lines: places, .. } in &injected {
            let there: Vec<&str> =
                places.iter().map(|at| lines[usize::try_from(*at).unwrap()].number.as_str()).collect();
            assert_eq!(there, *numbers, "{kind}");
            let none = matches!(kind, Kind::MissingAtInsurer | Kind::NotDueYet);
            assert_eq!(none, places.is_empty(), "{kind}");
        }
    }
}

#[test]
fn one_thing_is_wrong_and_everything_else_is_right() {
    let policies = policies(500);
    let sold: BTreeMap<&str, &Policy> = policies.iter().map(|policy| (policy.number.as_str(), policy)).collect();
    let register = differing(&policies, 7, &wishes(10)).unwrap();
    for Injected { kind, policies, lines, changes, .. } in &register.injected {
        let about: Vec<&Line> = lines.iter().map(|at| &register.lines[usize::try_from(*at).unwrap()]).collect();
        let Some(policy) = policies.first().map(|number| sold[number.as_str()]) else { continue };
        let truth = Line::of(policy, &Terms::default());
        let [change] = changes.as_slice() else { panic!("{changes:?}") };
        assert_ne!(change.was, change.is, "{kind}");
        let (fields, premium) = (|line: &Line| Line { number: String::new(), ..line.clone() }, truth.premium);
        match (kind, about.as_slice()) {
            (Kind::MissingAtInsurer, []) => assert!(policy.issued_on <= day("2026-11-25")),
            (Kind::NotDueYet, []) => assert!(policy.issued_on > day("2026-11-25")),
            (Kind::PremiumDiffers, [line]) => {
                assert!((line.premium - premium).abs() > Decimal::from(50));
                assert_eq!(Line { premium, ..(*line).clone() }, truth);
            }
            (Kind::CommissionDiffers, [line]) => {
                assert_eq!(Line { commission: truth.commission, ..(*line).clone() }, truth);
            }
            (Kind::StatusDiffers | Kind::RefundDiffers, [line]) => {
                assert_eq!(Line { cancelled: truth.cancelled, ..(*line).clone() }, truth);
                assert_eq!(*kind == Kind::RefundDiffers, line.cancelled.is_some() && truth.cancelled.is_some());
            }
            (Kind::DatesDiffer, [line]) => {
                assert!(line.starts_on <= line.ends_on);
                assert_eq!((line.premium, line.cancelled), (truth.premium, None));
            }
            (Kind::Duplicate | Kind::NumberWrittenOtherwise, [line]) => assert_eq!(fields(line), fields(&truth)),
            (Kind::Ambiguous, [line]) => assert!(line.number.starts_with(&format!("{}, PL-9", policy.number))),
            (Kind::Instalments, parts) => {
                assert!(parts.len() > 1);
                assert_eq!(parts.iter().map(|part| part.premium).sum::<Decimal>(), truth.premium);
                assert_eq!(parts.iter().map(|part| part.commission).sum::<Decimal>(), truth.commission);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_was_never_sold_is_like_nothing_that_was() {
    let policies = policies(100);
    let most = policies.iter().map(|policy| policy.premium).max().unwrap();
    let register = differing(&policies, 7, &Wishes::from([(Kind::MissingAtUs, 30)])).unwrap();
    let strange = register.injected.iter().flat_map(|one| &one.lines);
    let strange: Vec<&Line> = strange.map(|at| &register.lines[usize::try_from(*at).unwrap()]).collect();
    assert_eq!(strange.len(), 30);
    assert!(strange.iter().all(|line| line.premium > most * Decimal::from(4)));
    assert!(policies.iter().all(|policy| strange.iter().all(|line| line.number != policy.number)));
}

#[test]
fn when_there_is_not_enough_it_is_said_how_much_there_is() {
    let error = differing(&policies(21), 7, &wishes(4)).unwrap_err();
    assert_eq!(error.counts[&Kind::RefundDiffers], Shortage { wanted: 4, possible: 3 });
    assert_eq!(error.counts[&Kind::NotDueYet], Shortage { wanted: 4, possible: 0 });
    let text = error.to_string();
    assert!(text.contains("of not_due_yet 0 can be had and 4 are wanted"), "{text}");
    assert!(text.contains("of 21 policies of the period 3 are cancelled and 0 were issued after 2026-11-25"), "{text}");
}
