use super::*;
use crate::matching::breaks::Kind;
use crate::matching::samples::{date, decimal, line, line_of, november, policy, rules};
use crate::matching::scenario::Scenario;
use crate::matching::totals::Place;

fn merge() -> Merge {
    Merge::new(&november(), rules()).unwrap()
}

#[test]
fn it_says_what_it_wants_and_keeps_no_more_than_it_must() {
    let (mut merge, mut out) = (merge(), Vec::new());
    assert_eq!(merge.wants(), Wants::Policies);
    merge.policies([policy("PL-18", "1"), policy("PL-26", "1")], &mut out).unwrap();
    assert_eq!((merge.wants(), out.len()), (Wants::Lines, 0));
    merge.lines([line_of(1, &policy("PL-18", "1")), line_of(2, &policy("PL-26", "1"))], &mut out).unwrap();
    // The group of the second may go on.
    assert_eq!((merge.wants(), out.len()), (Wants::Policies, 1));
    merge.policies([], &mut out).unwrap();
    assert_eq!((merge.wants(), out.len()), (Wants::Lines, 1));
    merge.lines([], &mut out).unwrap();
    assert_eq!((merge.wants(), out.len()), (Wants::Nothing, 2));
    assert_eq!(merge.so_far().went_in.ours.count, 2);
    assert_eq!(merge.finish(&mut out).unwrap().place(Place::Agreed).theirs.count, 2);
}

#[test]
fn a_side_that_is_out_of_order_ends_the_run() {
    let (mut merge, mut out) = (merge(), Vec::new());
    merge.lines([], &mut out).unwrap();
    let error = merge.policies([policy("PL-26", "1"), policy("PL-18", "1")], &mut out).unwrap_err();
    assert_eq!(error.to_string(), r#"policies do not come in the order of their keys: "PL18" after "PL26""#);
}

#[test]
fn ends_are_ends() {
    let (mut merge, mut out) = (merge(), Vec::new());
    merge.policies([], &mut out).unwrap();
    let after = merge.policies([policy("PL-26", "1")], &mut out).unwrap_err();
    assert!(matches!(after, MatchError::AfterEnd(Side::Policies)));
    assert!(matches!(merge.finish(&mut out).unwrap_err(), MatchError::NotEnded(Side::Lines)));
}

#[test]
fn an_amount_beyond_all_measure_ends_the_run() {
    for (policies, lines) in [
        (vec![policy("PL-18", "1000000000000001")], vec![]),
        (vec![], vec![line(3, "PL-18", "-79228162514264337593543950335")]),
    ] {
        assert!(matches!(Scenario::new(policies, lines).try_run().unwrap_err(), MatchError::Absurd(_)));
    }
}

#[test]
fn a_register_of_something_else_ends_the_run() {
    let policies: Vec<Policy> = (100..110).map(|at| policy(&format!("PL-{at}"), "1")).collect();
    let lines: Vec<Line> = (100..110).map(|at| line(at, &format!("QR-{at}"), "1")).collect();
    let mut scenario = Scenario::new(policies, lines);
    scenario.run.most_left_over = 10;
    assert!(scenario.clone().try_run().is_ok());
    scenario.run.most_left_over = 9;
    assert!(matches!(scenario.clone().try_run().unwrap_err(), MatchError::TooManyLeft { limit: 9, .. }));
    // Neither does it grow with lines of one number.
    scenario.lines.iter_mut().for_each(|line| line.policy_number = "PL-100".to_owned());
    let error = scenario.try_run().unwrap_err();
    assert!(matches!(error, MatchError::TooManyLeft { side: Side::Lines, .. }));
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let rules = Rules::default();
    assert!(matches!(Merge::new(&november(), rules).unwrap_err(), MatchError::Rules(_)));
}

#[test]
fn a_policy_after_the_cut_off_is_not_due_yet() {
    let mut scenario = Scenario::new(vec![policy("PL-18", "100"), policy("PL-26", "200")], vec![]);
    scenario.policies[0].issued_on = date("2026-11-25");
    scenario.policies[1].issued_on = date("2026-11-26");
    let settled = scenario.clone().run();
    assert_eq!(settled.kinds(), [Kind::MissingAtInsurer, Kind::NotDueYet]);
    assert_eq!(settled.totals.place(Place::NotDueYet).ours.premium, decimal("200"));
    assert_eq!(settled.totals.break_count(), 1);
    // While the period is open, today's policies are not due.
    scenario.run.today = date("2026-11-25");
    assert_eq!(scenario.clone().run().kinds(), [Kind::NotDueYet, Kind::NotDueYet]);
    // One that is in the register all the same is matched like any other.
    scenario.lines = vec![line_of(3, &scenario.policies[1])];
    assert_eq!(scenario.run().matched().len(), 1);
}

#[test]
fn lines_without_a_number_are_shown_one_by_one() {
    let lines = vec![line(3, "", "10"), line(4, " - ", "10"), line(5, "", "10"), line(6, "QR-1", "5")];
    let settled = Scenario::new(vec![], lines).run();
    assert_eq!(settled.kinds(), [Kind::MissingAtUs; 4]);
    let mut ids: Vec<&str> = settled.breaks().iter().map(|found| found.id.as_str()).collect();
    assert_eq!(ids[3], "missing_at_us:QR1");
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[test]
fn a_line_that_cannot_be_read_is_counted_and_shown() {
    let (mut merge, mut out) = (merge(), Vec::new());
    let text = "x;y".to_owned();
    merge.unreadable(&Unreadable { number: 9, sheet: None, wrong: Vec::new(), text }, &mut out);
    merge.policies([], &mut out).unwrap();
    merge.lines([], &mut out).unwrap();
    let totals = merge.finish(&mut out).unwrap();
    assert_eq!((totals.went_in.theirs.count, totals.place(Place::Unreadable).theirs.count), (1, 1));
    assert_eq!(totals.tally(Kind::Unreadable).count, 1);
}

#[test]
fn a_break_keeps_its_identity_when_lines_move_and_amounts_change() {
    let settled = |place: u64, premium: &str| {
        let sold = policy("PL-18", "3650.00");
        let mut lines = vec![line_of(place, &sold), line(place + 1, "QR-1", premium)];
        lines[0].premium = decimal(premium);
        let settled = Scenario::new(vec![sold], lines).run();
        settled.breaks().iter().map(|found| found.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(settled(1, "10"), ["premium_differs:PL-18", "missing_at_us:QR1"]);
    assert_eq!(settled(1, "10"), settled(70, "20"));
}
