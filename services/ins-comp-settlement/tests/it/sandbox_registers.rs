//! Registers of the sandbox, read by the files of their insurers and held against what was sold: everything that was put wrong in
//! them is found, kind by kind and line by line, and nothing else is. Without a database or a network.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::ops::ControlFlow;
use std::path::Path;

use ins_comp_settlement::matching::{self, Merge, Outcome, Rules, Run, Wants, normalise};
use ins_comp_settlement::register::{self, Line, RegisterConfig, RegisterReader, Unreadable};
use jiff::Span;
use jiff::civil::Date;
use rust_decimal::Decimal;
use sandbox::Market;
use sandbox::registers::{
    Cancellation, Injected, Kind, Period, Policy, Statement, Terms, Wanted, Wishes, differ, file,
};
use serde::Deserialize;
use uuid::Uuid;

const FROM: Date = Date::constant(2026, 11, 1);
const TO: Date = Date::constant(2026, 11, 30);
/// Of each kind.
const WISHES: usize = 4;

/// What this test needs of an insurer's file.
#[derive(Deserialize)]
struct Described {
    register: RegisterConfig,
    rules: Rules,
}

/// What is found, or is to be: kind, policies, lines.
type Found = BTreeMap<(String, Vec<String>, Vec<u64>), usize>;

#[test]
fn what_is_put_wrong_in_the_registers_of_every_insurer_is_found_and_nothing_else() {
    let terms: Vec<(String, Terms)> = Market::invented()
        .unwrap()
        .with(|insurers| insurers.iter().map(|(id, insurer)| (id.clone(), insurer.register.clone())).collect());
    for (id, terms) in terms {
        let described = described(&id);
        let period = matching::Period { from: FROM, to: TO };
        let due = terms.cut_off(Period { from: FROM, to: TO });
        assert_eq!(due, described.rules.cut_off.of(period), "both sides of {id} have the same calendar");
        for (seed, alike) in [(1, false), (2, false), (3, true), (4, true)] {
            agree(&id, &terms, &described, due, seed, &sold(alike));
        }
    }
}

fn agree(id: &str, terms: &Terms, described: &Described, due: Date, seed: u64, sold: &[Policy]) {
    let possible = |kind: &Kind| *kind != Kind::NotDueYet || sold.iter().any(|policy| policy.issued_on > due);
    let wishes: Wishes = Kind::ALL.into_iter().filter(possible).map(|kind| (kind, WISHES)).collect();
    let period = Period { from: FROM, to: TO };
    let differing = differ(sold, period, terms, Wanted { seed, wishes: &wishes, due }).unwrap();
    let bytes = file(&Statement::new(id, terms, period, differing.lines), None).unwrap().bytes;
    let (lines, unreadable) = read(id, described, bytes);
    let expected = expected(&differing.injected, terms.form.first_line());
    assert_eq!(expected.values().sum::<usize>(), wishes.keys().filter(|kind| counts(**kind)).count() * WISHES);
    assert_eq!(found(sold, lines, &unreadable, &described.rules), expected, "{id}, seed {seed}");
}

fn described(id: &str) -> Described {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("insurers/{id}.toml"));
    toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Policies of November, of which some are cancelled; all alike, or all of different days and premiums.
fn sold(alike: bool) -> Vec<Policy> {
    let policy = |at: i64| {
        let day = if alike { at % 2 * 27 } else { at % 30 };
        let starts_on = FROM.saturating_add(Span::new().days(day + 3));
        let premium = Decimal::from(if alike { 3650 } else { 3000 + at });
        let cancelled_from = starts_on.saturating_add(Span::new().days(at % 2 * 40));
        let digits = format!("{:09}", at + 1);
        Policy {
            number: format!("PL-{digits}{}", polis_proto::check_digit(&digits).unwrap()),
            product: "travel-1".to_owned(),
            issued_on: FROM.saturating_add(Span::new().days(day)),
            starts_on,
            ends_on: starts_on.saturating_add(Span::new().days(364)),
            premium,
            cancelled: (at % 7 == 0).then_some(Cancellation { from: cancelled_from, refund: premium / Decimal::TWO }),
        }
    };
    (0..400).map(policy).collect()
}

fn read(id: &str, described: &Described, bytes: Vec<u8>) -> (Vec<Line>, Vec<Unreadable>) {
    let reader = RegisterReader::new(&described.register).unwrap();
    let (mut lines, mut unreadable) = (Vec::new(), Vec::new());
    let asked = Some(register::Period { from: FROM, to: TO });
    let read = reader.read(id, Cursor::new(bytes), asked, &mut |line| {
        match line {
            Ok(line) => lines.push(line),
            Err(line) => unreadable.push(line),
        }
        ControlFlow::Continue(())
    });
    let totals = read.unwrap().totals_found.unwrap();
    assert_eq!(totals.differences, [], "the sums of {id} are those of its lines");
    (lines, unreadable)
}

fn counts(kind: Kind) -> bool {
    kind.is_break() || kind == Kind::NotDueYet
}

fn expected(injected: &[Injected], first_line: u64) -> Found {
    let mut expected = Found::new();
    for one in injected.iter().filter(|one| counts(one.kind)) {
        let lines = one.lines.iter().map(|line| line + first_line).collect();
        *expected.entry((one.kind.to_string(), one.policies.clone(), lines)).or_default() += 1;
    }
    expected
}

fn found(sold: &[Policy], mut lines: Vec<Line>, unreadable: &[Unreadable], rules: &Rules) -> Found {
    let run = Run {
        currency: "RUB".to_owned(),
        period: matching::Period { from: FROM, to: TO },
        today: Date::constant(2026, 12, 2),
        most_left_over: 1000,
    };
    let mut policies: Vec<matching::Policy> = sold.iter().map(ours).collect();
    policies.sort_by_key(|policy| normalise(&policy.number));
    lines.sort_by_key(|line| rules.numbering.key_of_line(&line.policy_number));
    let (mut merge, mut outcomes) = (Merge::new(&run, rules.clone()).unwrap(), Vec::new());
    unreadable.iter().for_each(|line| merge.unreadable(line, &mut outcomes));
    let (mut policies, mut lines) = (policies.into_iter(), lines.into_iter());
    loop {
        match merge.wants() {
            Wants::Policies => merge.policies(policies.by_ref().take(100), &mut outcomes).unwrap(),
            Wants::Lines => merge.lines(lines.by_ref().take(100), &mut outcomes).unwrap(),
            Wants::Nothing => break,
        }
    }
    merge.finish(&mut outcomes).unwrap();
    let mut found = Found::new();
    for outcome in outcomes {
        if let Outcome::Break(one) | Outcome::NotDue(one) = outcome {
            *found.entry((one.kind.to_string(), one.policies.clone(), one.lines.clone())).or_default() += 1;
        }
    }
    found
}

fn ours(policy: &Policy) -> matching::Policy {
    matching::Policy {
        number: policy.number.clone(),
        application_id: Uuid::nil(),
        product_id: policy.product.clone(),
        tariff: ("base".to_owned(), 1),
        premium: policy.premium,
        expected_premium: Some(policy.premium),
        issued_on: policy.issued_on,
        starts_on: policy.starts_on,
        ends_on: policy.ends_on,
        cancelled_from: policy.cancelled.map(|cancelled| cancelled.from),
        refund: policy.cancelled.map(|cancelled| cancelled.refund).unwrap_or_default(),
    }
}
