use crate::matching::breaks::Kind;
use crate::matching::outcome::Stage::{ExactNumber, NamedTogether};
use crate::matching::samples::{decimal, line_of, policy};
use crate::matching::scenario::{Scenario, Settled};
use crate::register::Line;

fn three() -> Vec<crate::matching::Policy> {
    ["PL-18", "PL-26", "PL-34"].map(|number| policy(number, "100.00")).to_vec()
}

fn naming(number: u64, names: &str, premium: &str) -> Line {
    let line = line_of(number, &policy("", premium));
    Line { policy_number: names.to_owned(), starts_on: None, issued_on: None, ..line }
}

fn settled(lines: Vec<Line>) -> Settled {
    Scenario::new(three(), lines).run()
}

#[test]
fn a_line_takes_all_policies_it_names() {
    for names in ["PL-18, PL-26, PL-34", "PL-34;PL-18;26", "PL-0000000018/26/34"] {
        let settled = settled(vec![naming(5, names, "300")]);
        assert_eq!(settled.matched(), [(NamedTogether, vec!["PL-18", "PL-26", "PL-34"], vec![5])], "{names}");
        assert!(settled.kinds().is_empty());
    }
    let settled = settled(vec![naming(5, "PL-18, PL-26, PL-34", "290")]);
    assert_eq!(settled.kinds(), [Kind::PremiumDiffers]);
    assert_eq!(settled.breaks()[0].policies, ["PL-18", "PL-26", "PL-34"]);
}

#[test]
fn a_separator_by_rule_is_one_as_well() {
    let mut scenario = Scenario::new(three(), vec![naming(5, "PL-18+PL-26+PL-34", "300")]);
    scenario.rules.numbering.separators = "+".to_owned();
    assert_eq!(scenario.run().matched().len(), 1);
}

#[test]
fn when_not_all_are_there_nothing_is_guessed() {
    // One is not ours.
    let unknown = settled(vec![naming(5, "PL-18, PL-99", "200")]);
    assert_eq!(unknown.kinds(), [Kind::Ambiguous, Kind::MissingAtInsurer, Kind::MissingAtInsurer]);
    assert_eq!(unknown.breaks()[0].policies, ["PL-18"]);
    assert!(unknown.breaks()[0].explanation.ru.contains("PL99"), "{}", unknown.breaks()[0].explanation.ru);
    // One has its own line.
    let own = settled(vec![naming(4, "PL-18", "100"), naming(5, "PL-18, PL-26, PL-34", "300")]);
    assert_eq!(own.matched(), [(ExactNumber, vec!["PL-18"], vec![4])]);
    assert_eq!(own.kinds(), [Kind::Ambiguous]);
    // One is named by two.
    let shared = settled(vec![naming(4, "PL-18, PL-26", "200"), naming(5, "PL-26, PL-34", "200")]);
    assert_eq!(shared.kinds(), [Kind::Ambiguous]);
    assert_eq!(
        (&*shared.breaks()[0].policies, &*shared.breaks()[0].lines),
        (&["PL-18", "PL-26", "PL-34"].map(str::to_owned)[..], &[4, 5][..])
    );
    assert_eq!(shared.breaks()[0].amounts.difference, Some(decimal("-100.00")));
}

#[test]
fn a_line_that_names_none_of_ours_is_a_line_like_any_other() {
    let settled = settled(vec![naming(5, "A-1, A-2", "200")]);
    assert_eq!(settled.kinds().iter().filter(|kind| **kind == Kind::MissingAtUs).count(), 1);
    assert_eq!(settled.totals.tally(Kind::Ambiguous).count, 0);
}

#[test]
fn several_lines_that_name_the_same_are_parts() {
    let settled = settled(vec![naming(5, "PL-18, PL-26", "120"), naming(6, "PL-18, PL-26", "80")]);
    assert_eq!(settled.matched(), [(NamedTogether, vec!["PL-18", "PL-26"], vec![5, 6])]);
    assert_eq!(settled.kinds(), [Kind::MissingAtInsurer]);
}

#[test]
fn a_name_that_two_policies_have_is_in_doubt() {
    let mut policies = three();
    policies.push(policy("PL-018", "100.00"));
    let settled = Scenario::new(policies, vec![naming(5, "PL-18, PL-26, PL-34", "300")]).run();
    assert_eq!(settled.kinds(), [Kind::Ambiguous]);
    assert_eq!(settled.breaks()[0].policies.len(), 4);
}
