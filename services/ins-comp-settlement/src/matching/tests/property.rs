//! Everything that was put wrong is found, kind by kind, and nothing else is, whatever the seed.

use rust_decimal::Decimal;

use super::breaks::Kind;
use super::injected::Injected;
use super::outcome::Stage;
use super::scenario::{Scenario, Settled};
use super::totals::{Place, Sums};

const SEEDS: std::ops::RangeInclusive<u64> = 1..=6;
const POLICIES: u64 = 3_000;

/// What a break is about: its kind, our policies, and where there are none, the lines.
type Found = (Kind, Vec<String>, Vec<u64>);

fn found(settled: &Settled) -> Vec<Found> {
    let breaks = settled.breaks().into_iter().map(|found| {
        let lines = if found.policies.is_empty() { found.lines.clone() } else { Vec::new() };
        (found.kind, found.policies.clone(), lines)
    });
    let mut found: Vec<Found> = breaks.collect();
    found.sort();
    found
}

#[test]
fn what_was_injected_is_found_and_nothing_is_invented() {
    for seed in SEEDS {
        let Injected { scenario, mut expected, .. } = Injected::new(seed, POLICIES);
        let settled = scenario.run();
        expected.sort();
        let found = found(&settled);
        for kind in Kind::ALL {
            let of = |all: &[Found]| all.iter().filter(|(is, ..)| *is == kind).cloned().collect::<Vec<_>>();
            assert!(!of(&expected).is_empty(), "seed {seed} injects no {kind}");
            assert_eq!(of(&found), of(&expected), "seed {seed}: {kind}");
            let tally = u64::try_from(of(&expected).len()).unwrap();
            assert_eq!(settled.totals.tally(kind).count, tally, "seed {seed}: {kind}");
        }
        for stage in [Stage::ExactNumber, Stage::NormalisedNumber, Stage::NamedTogether, Stage::Attributes] {
            assert!(settled.totals.matches.contains_key(&stage), "seed {seed} has no match by {stage:?}");
        }
        assert!(settled.breaks().iter().all(|found| !found.explanation.ru.is_empty()));
    }
}

#[test]
fn totals_add_up_to_both_sides_to_the_kopeck() {
    for seed in SEEDS {
        let Injected { scenario, missing, surplus, .. } = Injected::new(seed, POLICIES);
        let ours = scenario.policies.iter().map(|policy| policy.premium).sum::<Decimal>();
        let theirs = scenario.lines.iter().map(|line| line.premium).sum::<Decimal>();
        let refunds = scenario.policies.iter().map(|policy| policy.refund).sum::<Decimal>();
        let counts = (scenario.policies.len(), scenario.lines.len() + scenario.unreadable.len());
        let totals = scenario.run().totals;
        assert_eq!(totals.check(), Ok(()));
        assert_eq!((totals.went_in.ours.premium, totals.went_in.ours.refund), (ours, refunds));
        assert_eq!(totals.went_in.theirs.premium, theirs);
        assert_eq!((totals.went_in.ours.count, totals.went_in.theirs.count), {
            (u64::try_from(counts.0).unwrap(), u64::try_from(counts.1).unwrap())
        });
        let of = |place: Place, side: fn(&super::totals::Part) -> &Sums| side(&totals.place(place)).premium;
        assert_eq!(of(Place::MissingAtInsurer, |part| &part.ours), missing);
        assert_eq!(of(Place::MissingAtUs, |part| &part.theirs), surplus);
        // From our side to theirs by the breaks alone.
        let premiums = [
            Kind::MissingAtInsurer,
            Kind::MissingAtUs,
            Kind::PremiumDiffers,
            Kind::Duplicate,
            Kind::Ambiguous,
            Kind::NotDueYet,
        ];
        let differences: Decimal = premiums.iter().map(|kind| totals.tally(*kind).difference).sum();
        assert_eq!(ours - differences - totals.tolerated.premium, theirs, "seed {seed}");
    }
}

#[test]
fn no_two_breaks_have_one_identity() {
    let settled = Injected::new(7, POLICIES).scenario.run();
    let mut ids: Vec<&str> = settled.breaks().iter().map(|found| found.id.as_str()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn the_same_input_gives_the_same_bytes_in_whatever_order_and_pages() {
    for seed in SEEDS {
        let scenario = Injected::new(seed, POLICIES / 10).scenario;
        let expected = scenario.clone().run().serialised();
        for page in [1, 7, 100_000] {
            let mut rng = fastrand::Rng::with_seed(seed);
            let mut shuffled = Scenario { page, ..scenario.clone() };
            rng.shuffle(&mut shuffled.policies);
            rng.shuffle(&mut shuffled.lines);
            assert_eq!(shuffled.run().serialised(), expected, "seed {seed}, pages of {page}");
        }
    }
}

#[test]
fn identities_stay_when_everything_moves() {
    let ids = |scenario: Scenario| {
        let settled = scenario.run();
        let mut ids: Vec<String> = settled.breaks().iter().map(|found| found.id.to_string()).collect();
        ids.sort();
        ids
    };
    let scenario = Injected::new(8, POLICIES / 10).scenario;
    let mut moved = scenario.clone();
    moved.lines.iter_mut().for_each(|line| line.number += 1_000);
    moved.unreadable.iter_mut().for_each(|line| line.number += 1_000);
    assert_eq!(ids(moved), ids(scenario));
}
