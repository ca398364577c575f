use crate::matching::breaks::Kind;
use crate::matching::error::MatchError;
use crate::matching::outcome::Stage::{ExactNumber, NormalisedNumber};
use crate::matching::rules::SeveralLines;
use crate::matching::samples::{date, decimal, line_of, policy};
use crate::matching::scenario::Scenario;
use crate::register::Line;

fn written(number: u64, policy_number: &str) -> Line {
    Line { policy_number: policy_number.to_owned(), ..line_of(number, &policy("", "3650.00")) }
}

#[test]
fn the_same_number_is_exact_and_another_writing_is_normalised() {
    for (text, stage) in [
        ("PL-0000000018", ExactNumber),
        (" PL-0000000018 ", ExactNumber),
        ("pl 18", NormalisedNumber),
        ("№ РL–0018", NormalisedNumber),
        ("18", NormalisedNumber),
    ] {
        let settled = Scenario::new(vec![policy("PL-0000000018", "3650.00")], vec![written(3, text)]).run();
        assert_eq!(settled.matched(), [(stage, vec!["PL-0000000018"], vec![3])], "{text}");
        assert!(settled.kinds().is_empty(), "{text}");
    }
}

#[test]
fn several_lines_of_a_policy_are_parts_or_duplicates() {
    use Kind::{Duplicate, PremiumDiffers};
    for (several, premiums, lines, kinds) in [
        (SeveralLines::Instalments, ["1825", "1825"], vec![1, 2], &[][..]),
        (SeveralLines::Instalments, ["3650", "3650"], vec![1], &[Duplicate]),
        (SeveralLines::Instalments, ["1800", "1825"], vec![1, 2], &[PremiumDiffers]),
        (SeveralLines::Instalments, ["3560", "3560"], vec![1], &[PremiumDiffers, Duplicate]),
        (SeveralLines::Endorsements, ["4000", "-350"], vec![1, 2], &[]),
        (SeveralLines::Mistake, ["1825", "1825"], vec![1], &[PremiumDiffers, Duplicate]),
    ] {
        let numbered = (1..).zip(["PL-18", "PL-018"]).zip(premiums);
        let said = numbered.map(|((at, text), premium)| Line { premium: decimal(premium), ..written(at, text) });
        let mut scenario = Scenario::new(vec![policy("PL-18", "3650.00")], said.collect());
        scenario.rules.several_lines = several;
        let settled = scenario.run();
        assert_eq!(settled.kinds(), kinds, "{several:?} {premiums:?}");
        assert_eq!(settled.matches()[0].lines.iter().map(|line| line.number).collect::<Vec<_>>(), lines);
        if kinds.contains(&Duplicate) {
            let breaks = settled.breaks();
            let duplicate = breaks.iter().find(|found| found.kind == Duplicate).unwrap();
            assert_eq!((duplicate.id.as_str(), &*duplicate.lines), ("duplicate:PL-18", &[2][..]));
            assert_eq!(duplicate.amounts.difference, Some(-decimal(premiums[1])));
        }
    }
}

#[test]
fn endorsements_count_with_their_last_word() {
    let sold = policy("PL-18", "3650.00");
    let mut lines = [line_of(1, &sold), line_of(2, &sold)];
    lines[0].ends_on = Some(date("2027-05-24"));
    lines[0].premium = decimal("2000");
    lines[1].premium = decimal("1650");
    lines[1].policy_number = "PL-18/1".to_owned();
    lines[1].issued_on = Some(date("2026-11-20"));
    let mut scenario = Scenario::new(vec![sold], lines.to_vec());
    scenario.rules.several_lines = SeveralLines::Endorsements;
    scenario.rules.numbering.endorsement = Some(crate::matching::EndorsementMark { mark: '/', digits: 2 });
    let settled = scenario.run();
    assert_eq!(settled.matched(), [(NormalisedNumber, vec!["PL-18"], vec![1, 2])]);
    assert!(settled.kinds().is_empty(), "{:?}", settled.breaks());
}

#[test]
fn policies_whose_numbers_are_nearly_the_same_get_their_own_lines() {
    let two = || vec![policy("PL-18", "3650.00"), policy("PL-018", "3650.00")];
    // Each its own.
    let settled = Scenario::new(two(), vec![written(1, "PL-018"), written(2, "PL-18")]).run();
    assert_eq!(settled.matched(), [(ExactNumber, vec!["PL-018"], vec![1]), (ExactNumber, vec!["PL-18"], vec![2])]);
    // What is left can only mean the one that is left.
    let settled = Scenario::new(two(), vec![written(1, "PL-018"), written(2, "PL-0018")]).run();
    assert_eq!(settled.matched(), [(ExactNumber, vec!["PL-018"], vec![1]), (NormalisedNumber, vec!["PL-18"], vec![2])]);
    // It may mean both.
    let settled = Scenario::new(two(), vec![written(2, "PL-0018")]).run();
    assert_eq!((settled.matched(), settled.kinds()), (vec![], vec![Kind::Ambiguous]));
    assert_eq!(settled.breaks()[0].policies, ["PL-018", "PL-18"]);
    // It may be another part of either.
    let lines = vec![written(1, "PL-018"), written(2, "PL-18"), written(3, "PL-0018")];
    let settled = Scenario::new(two(), lines).run();
    assert_eq!((settled.matched().len(), settled.kinds()), (2, vec![Kind::Ambiguous]));
    assert_eq!((settled.breaks()[0].amounts.ours, settled.breaks()[0].id.as_str()), (None, "ambiguous:PL18"));
}

#[test]
fn where_zeros_matter_other_zeros_are_another_policy() {
    let lines = vec![written(1, "pl 018"), written(2, "PL-0018")];
    let mut scenario = Scenario::new(vec![policy("PL-18", "3650.00"), policy("PL-018", "3650.00")], lines);
    scenario.rules.numbering.zeros_matter = true;
    scenario.rules.attributes = None;
    let settled = scenario.run();
    assert_eq!(settled.matched(), [(NormalisedNumber, vec!["PL-018"], vec![1])]);
    let ids: Vec<&str> = settled.breaks().iter().map(|found| found.id.as_str()).collect();
    assert_eq!(ids, ["missing_at_insurer:PL-18", "missing_at_us:PL0018"]);
}

#[test]
fn a_policy_is_there_once() {
    let twice = vec![policy("PL-18", "1"), policy("PL-18", "1")];
    let error = Scenario::new(twice, vec![]).try_run().unwrap_err();
    assert!(matches!(error, MatchError::PolicyTwice(number) if number == "PL-18"));
}
