use jiff::civil::Date;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::*;
use crate::breaks::state::State;
use crate::matching::Period;
use crate::register::LineStatus;

/// November, with an insurer that closes it on the 25th.
struct World {
    run: Run,
    rules: Rules,
    policies: Vec<Policy>,
    lines: Vec<Line>,
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn policy(number: &str, premium: i64) -> Policy {
    Policy {
        number: number.to_owned(),
        application_id: Uuid::nil(),
        product_id: "travel-eu".to_owned(),
        tariff: ("base".to_owned(), 2),
        premium: premium.into(),
        expected_premium: Some(premium.into()),
        issued_on: date("2026-11-12"),
        starts_on: date("2026-11-25"),
        ends_on: date("2027-11-24"),
        cancelled_from: None,
        refund: Decimal::ZERO,
    }
}

fn line_of(number: u64, policy: &Policy) -> Line {
    Line {
        number,
        policy_number: policy.number.clone(),
        premium: policy.premium,
        issued_on: Some(policy.issued_on),
        starts_on: Some(policy.starts_on),
        ends_on: Some(policy.ends_on),
        ..Line::default()
    }
}

fn cancelled(policy: &Policy) -> Policy {
    Policy { cancelled_from: Some(date("2026-11-20")), refund: 100.into(), ..policy.clone() }
}

impl World {
    fn new(policies: &[Policy], lines: &[Line]) -> Self {
        let rules = "version = '7'\n[numbering]\nprefix = 'PL'\n[attributes]\nstarts_on_days = 1\nissued_on_days = 2";
        let period = Period { from: date("2026-11-01"), to: date("2026-11-30") };
        let run = Run { currency: "RUB".to_owned(), period, today: date("2026-12-02"), most_left_over: usize::MAX };
        Self { run, rules: toml::from_str(rules).unwrap(), policies: policies.to_vec(), lines: lines.to_vec() }
    }

    /// Everything that a run finds.
    fn all(&self) -> Vec<Found> {
        let all = Island { known: Vec::new(), policies: self.policies.clone(), lines: self.lines.clone() };
        let outcomes = matched(&self.run, &self.rules, &all).unwrap();
        let breaks = outcomes.into_iter().filter_map(|outcome| match outcome {
            Outcome::Break(found) => Some(*found),
            Outcome::Match(_) | Outcome::NotDue(_) => None,
        });
        breaks.map(|found| Found { keys: keys(&found, &self.lines, &self.rules.numbering), found }).collect()
    }

    /// The same as what stands after it.
    fn known(&self) -> Vec<Known> {
        let known = self.all().into_iter().zip(1..).map(|(Found { found, keys }, id)| Known {
            id,
            identity: found.id.to_string(),
            state: State::Open,
            lines: found.lines.iter().map(|line| i64::try_from(*line).unwrap()).collect(),
            policies: found.policies,
            keys,
        });
        known.collect()
    }

    /// The breaks that a policy concerns, with everything of their numbers.
    fn island(&self, known: Vec<Known>, about: &str) -> Option<Island> {
        let about = normalise(about);
        let mut islands = crate::breaks::islands::islands(known).into_iter();
        let known = islands.find(|island| island.iter().any(|known| known.keys.contains(&about)))?;
        let keys: BTreeSet<String> = known.iter().flat_map(|known| known.keys.clone()).collect();
        let places: BTreeSet<i64> = known.iter().flat_map(|known| known.lines.clone()).collect();
        let policies = self.policies.iter().filter(|policy| keys.contains(&normalise(&policy.number)));
        let is_here = |line: &&Line| {
            keys.contains(&self.rules.numbering.key_of_line(&line.policy_number))
                || places.contains(&i64::try_from(line.number).unwrap())
        };
        let lines = self.lines.iter().filter(is_here).cloned().collect();
        Some(Island { policies: policies.cloned().collect(), lines, known })
    }

    /// What becomes of the breaks that stand when an event tells of this policy: those that are gone, and those that there are.
    fn answer(&mut self, policy: Policy) -> Option<(Vec<String>, Vec<Found>)> {
        let known = self.known();
        let number = policy.number.clone();
        self.policies.retain(|known| known.number != number);
        self.policies.push(policy);
        let island = self.island(known, &number)?;
        let Rematched { found, gone } = rematch(&self.run, &self.rules, &island).unwrap()?;
        let identity = |id: &i64| island.known.iter().find(|known| known.id == *id).unwrap().identity.clone();
        Some((gone.iter().map(identity).collect(), found))
    }

    /// The same by identities.
    fn told(&mut self, policy: Policy) -> Option<(Vec<String>, Vec<String>)> {
        let (gone, found) = self.answer(policy)?;
        Some((gone, found.iter().map(|found| found.found.id.to_string()).collect()))
    }
}

fn some(gone: &[&str], found: &[&str]) -> Option<(Vec<String>, Vec<String>)> {
    let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
    Some((owned(gone), owned(found)))
}

#[test]
fn a_policy_that_comes_late_is_not_missing_any_more() {
    let sold = policy("PL-18", 3650);
    let mut world = World::new(&[], &[line_of(1, &sold)]);
    assert_eq!(world.told(sold.clone()), some(&["missing_at_us:PL18"], &[]));
    // With another amount, this is what is wrong now.
    let mut world = World::new(&[], &[line_of(1, &policy("18", 3560))]);
    assert_eq!(world.told(sold.clone()), some(&["missing_at_us:PL18"], &["premium_differs:PL-18"]));
    // Its lines are parts, or one of them is there twice.
    let halves = [line_of(1, &policy("PL-18", 1825)), line_of(2, &policy("PL-18", 1825))];
    assert_eq!(World::new(&[], &halves).told(sold.clone()), some(&["missing_at_us:PL18"], &[]));
    let twice = [line_of(1, &sold), line_of(2, &sold)];
    let mut world = World::new(&[], &twice);
    assert_eq!(world.told(sold.clone()), some(&["missing_at_us:PL18"], &["duplicate:PL-18"]));
    assert_eq!(world.told(cancelled(&sold)), some(&[], &["status_differs:PL-18", "duplicate:PL-18"]));
}

#[test]
fn a_cancellation_that_comes_late_is_no_difference_any_more() {
    let sold = policy("PL-18", 3650);
    let mut theirs = line_of(1, &sold);
    (theirs.status, theirs.cancelled_from, theirs.refund) =
        (LineStatus::Cancelled, Some(date("2026-11-20")), Some(100.into()));
    let mut world = World::new(std::slice::from_ref(&sold), std::slice::from_ref(&theirs));
    assert_eq!(world.told(cancelled(&sold)), some(&["status_differs:PL-18"], &[]));
    // Another amount was paid back.
    let mut world = World::new(std::slice::from_ref(&sold), &[theirs]);
    let other = Policy { refund: 90.into(), ..cancelled(&sold) };
    assert_eq!(world.told(other), some(&["status_differs:PL-18"], &["refund_differs:PL-18"]));
    // The insurer does not know of it yet, and need not: the register is as of the 25th.
    let mut world = World::new(std::slice::from_ref(&sold), &[line_of(1, &policy("PL-18", 3560))]);
    world.rules.cut_off.day = Some(25);
    let later = Policy { cancelled_from: Some(date("2026-11-28")), ..sold };
    assert_eq!(world.told(later), some(&[], &["premium_differs:PL-18"]));
}

#[test]
fn an_event_about_something_else_changes_nothing() {
    let sold = [policy("PL-18", 3650), policy("PL-26", 3650)];
    let mut world = World::new(&sold, &[line_of(1, &policy("PL-18", 3560)), line_of(2, &sold[1])]);
    assert_eq!(world.told(cancelled(&sold[1])), None);
    assert_eq!(world.told(policy("PL-34", 900)), None);
    // A premium differs whether or not the policy was cancelled on both sides.
    world.lines[0].status = LineStatus::Cancelled;
    world.policies[0] = sold[0].clone();
    let expected = ["premium_differs:PL-18", "status_differs:PL-18"];
    let found = world.known().iter().map(|known| known.identity.clone()).collect::<Vec<_>>();
    assert!(expected.iter().all(|id| found.iter().any(|found| found == id)), "{found:?}");
    let (gone, found) = world.told(cancelled(&sold[0])).unwrap();
    assert_eq!((gone, &*found[0]), (vec!["status_differs:PL-18".to_owned()], "premium_differs:PL-18"));
}

#[test]
fn what_is_ambiguous_stays_so() {
    let sold = [policy("PL-18", 3650), policy("PL-26", 3650)];
    let unnumbered = Line { policy_number: "BSO 7".to_owned(), ..line_of(1, &sold[0]) };
    let mut world = World::new(&sold, std::slice::from_ref(&unnumbered));
    assert_eq!(world.told(cancelled(&sold[0])), some(&[], &["ambiguous:PL-18"]));
    // The number of the line becomes known: who has the others then is for a run to say.
    let mut world = World::new(&sold, &[unnumbered]);
    assert_eq!(world.told(policy("BSO-7", 3650)), None);
}

#[test]
fn what_may_fit_something_elsewhere_is_left_for_a_run() {
    // Zeros matter: the line of the one policy is another one's, which everything but the number says.
    let sold = [policy("PL-018", 3650), policy("PL-26", 900)];
    let mut world = World::new(&sold, &[Line { policy_number: "PL-18".to_owned(), ..line_of(1, &sold[1]) }]);
    world.rules.numbering.zeros_matter = true;
    assert_eq!(world.known().iter().map(|known| &*known.identity).collect::<Vec<_>>(), ["missing_at_insurer:PL-018"]);
    assert_eq!(world.told(cancelled(&sold[0])), None, "the line is not missing at us");
    // What the breaks name is not all here.
    let mut world = World::new(&sold[..1], &[]);
    let known = world.known();
    world.policies.clear();
    let island = world.island(known, "PL-18").unwrap();
    assert_eq!(rematch(&world.run, &world.rules, &island).unwrap(), None);
    // Rows of two sheets have one place.
    let mut world = World::new(&[], &[line_of(1, &sold[0]), line_of(1, &sold[0])]);
    assert_eq!(world.told(sold[0].clone()), None);
    // A policy has come without a line of its number: a line elsewhere may be its own.
    let mut world = World::new(&[policy("PL-018", 3650)], &[line_of(1, &policy("XX-9", 900))]);
    assert_eq!(world.told(policy("PL-18", 900)), None);
}

#[test]
fn keys_are_those_of_policies_and_lines() {
    let sold = policy("PL-18", 3650);
    let lines = [Line { policy_number: "BSO 7".to_owned(), ..line_of(1, &sold) }];
    let mut world = World::new(&[sold], &lines);
    world.lines[0].ends_on = Some(date("2027-01-01"));
    assert_eq!(world.all()[0].keys, ["BSO7", "PL18"]);
    world.lines[0].policy_number = String::new();
    assert_eq!(world.all()[0].keys, ["PL18"]);
}

/// Whatever is said after one event is what a run would say of all.
#[test]
fn what_is_said_is_what_a_run_would_say() {
    let (mut said, mut settled, mut brought) = (0, 0, 0);
    for seed in 0..4_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let number = |random: &mut fastrand::Rng| {
            let zeros = ["", "0", ""][random.usize(..3)];
            format!("PL-{zeros}{}", random.u32(1..9))
        };
        let mut policies: Vec<Policy> = Vec::new();
        for _ in 0..random.usize(2..9) {
            let mut one = policy(&number(&mut random), [900, 3560, 3650][random.usize(..3)]);
            one.starts_on = date(["2026-11-25", "2026-11-28"][random.usize(..2)]);
            one.issued_on = date(["2026-11-12", "2026-11-27"][random.usize(..2)]);
            if policies.iter().all(|known| known.number != one.number) {
                policies.push(one);
            }
        }
        let mut lines = Vec::new();
        for place in 1..random.u64(2..9) {
            let mut line = line_of(place, &policies[random.usize(..policies.len())]);
            match random.u32(..8) {
                0 => line.policy_number = String::new(),
                1 => line.policy_number = format!("{}, {}", number(&mut random), number(&mut random)),
                2 => line.policy_number = number(&mut random),
                3 => line.status = LineStatus::Cancelled,
                4 => line.premium = 3560.into(),
                _ => {}
            }
            lines.push(line);
        }
        let mut world = World::new(&policies, &lines);
        world.rules.numbering.zeros_matter = random.bool();
        if random.bool() {
            world.rules.cut_off.day = Some(25);
        }
        let told = policies[random.usize(..policies.len())].clone();
        let told = if random.bool() {
            world.policies.retain(|known| known.number != told.number);
            told
        } else {
            cancelled(&told)
        };
        let known: BTreeSet<String> = world.known().into_iter().map(|known| known.identity).collect();
        let Some((gone, found)) = world.answer(told) else { continue };
        let now = world.all();
        let is_there = |id: &String| now.iter().any(|found| found.found.id.as_str() == id);
        assert!(!gone.iter().any(is_there), "seed {seed}: {gone:?} are there: {now:#?}");
        assert!(found.iter().all(|found| now.contains(found)), "seed {seed}: {found:#?} are not there: {now:#?}");
        said += 1;
        settled += gone.len();
        brought += found.iter().filter(|found| !known.contains(found.found.id.as_str())).count();
    }
    assert!(said > 500 && settled > 200 && brought > 100, "{said} {settled} {brought}");
}
