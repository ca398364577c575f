use crate::matching::breaks::Kind::{Ambiguous, MissingAtInsurer, MissingAtUs, PremiumDiffers};
use crate::matching::outcome::Stage;
use crate::matching::policy::Policy;
use crate::matching::rules::Rules;
use crate::matching::samples::{date, decimal, line_of, policy};
use crate::matching::scenario::Scenario;
use crate::register::Line;

fn unnumbered(number: u64, of: &Policy) -> Line {
    Line { policy_number: format!("BSO {number}"), ..line_of(number, of) }
}

#[test]
fn a_line_fits_within_all_tolerances_and_not_beyond_any() {
    type Change = fn(&mut Line, &mut Rules);
    let cases: [(&str, Change, bool); 16] = [
        ("nothing differs", |_, _| {}, true),
        ("a day of cover", |line, _| line.starts_on = Some(date("2026-11-24")), true),
        ("two days of cover", |line, _| line.starts_on = Some(date("2026-11-23")), false),
        ("two days of issue", |line, _| line.issued_on = Some(date("2026-11-14")), true),
        ("three days of issue", |line, _| line.issued_on = Some(date("2026-11-15")), false),
        ("a rouble", |line, _| line.premium = decimal("3651"), true),
        ("more than a rouble", |line, _| line.premium = decimal("3651.01"), false),
        (
            "a hundredth",
            |line, rules| {
                line.premium = decimal("3613.50");
                rules.attributes.as_mut().unwrap().premium.per_cent = decimal("1");
            },
            true,
        ),
        (
            "more than a hundredth",
            |line, rules| {
                line.premium = decimal("3613.49");
                rules.attributes.as_mut().unwrap().premium.per_cent = decimal("1");
            },
            false,
        ),
        ("another product", |line, _| line.product = Some("TR-2".to_owned()), false),
        ("our name of the product", |line, _| line.product = Some("travel-eu".to_owned()), true),
        ("no product", |line, _| line.product = None, true),
        ("no day of cover", |line, _| line.starts_on = None, true),
        ("no day of issue", |line, _| line.issued_on = None, true),
        ("no days", |line, _| (line.starts_on, line.issued_on) = (None, None), false),
        ("not by attributes", |_, rules| rules.attributes = None, false),
    ];
    for (name, change, fits) in cases {
        let sold = policy("PL-18", "3650.00");
        let mut scenario = Scenario::new(vec![sold.clone()], vec![unnumbered(3, &sold)]);
        change(&mut scenario.lines[0], &mut scenario.rules);
        scenario.rules.compare = loose();
        let settled = scenario.run();
        if fits {
            assert_eq!(settled.matched(), [(Stage::Attributes, vec!["PL-18"], vec![3])], "{name}");
            assert!(settled.kinds().is_empty(), "{name}");
        } else {
            assert_eq!(settled.kinds(), [MissingAtInsurer, MissingAtUs], "{name}");
        }
    }
}

fn loose() -> crate::matching::Compare {
    let premium = crate::matching::Tolerance { amount: decimal("100"), per_cent: decimal("0") };
    crate::matching::Compare { premium, starts_on_days: 9, issued_on_days: 9, ..Default::default() }
}

#[test]
fn how_alike_they_were_is_told_and_what_differs_is_a_break() {
    let sold = policy("PL-18", "3650.00");
    let mut line = unnumbered(3, &sold);
    line.premium = decimal("3649.50");
    line.starts_on = Some(date("2026-11-26"));
    let mut scenario = Scenario::new(vec![sold], vec![line]);
    scenario.rules.compare.starts_on_days = 1;
    let settled = scenario.run();
    assert_eq!(settled.kinds(), [PremiumDiffers]);
    let distances = settled.matches()[0].distances.unwrap();
    assert_eq!((distances.starts_on_days, distances.issued_on_days), (Some(1), Some(0)));
    assert_eq!(distances.premium, decimal("0.50"));
}

#[test]
fn what_fits_several_is_never_guessed() {
    let sold = ["PL-18", "PL-26", "PL-34"].map(|number| policy(number, "3650.00"));
    // Two policies, one line.
    let settled = Scenario::new(sold[..2].to_vec(), vec![unnumbered(3, &sold[0])]).run();
    assert_eq!(settled.kinds(), [Ambiguous]);
    assert_eq!(
        (&*settled.breaks()[0].policies, &*settled.breaks()[0].lines),
        (&["PL-18", "PL-26"].map(str::to_owned)[..], &[3][..])
    );
    assert_eq!(settled.breaks()[0].id.as_str(), "ambiguous:PL-18");
    // One policy, two lines.
    let settled = Scenario::new(sold[..1].to_vec(), vec![unnumbered(3, &sold[0]), unnumbered(4, &sold[0])]).run();
    assert_eq!(settled.kinds(), [Ambiguous]);
    assert_eq!(settled.breaks()[0].lines, [3, 4]);
    // As many of each are no better.
    let settled = Scenario::new(sold[..2].to_vec(), vec![unnumbered(3, &sold[0]), unnumbered(4, &sold[0])]).run();
    assert_eq!(settled.kinds(), [Ambiguous]);
    // A chain: the first line fits two policies, the second one of these.
    let mut chain = sold.clone();
    chain[1].premium = decimal("3651.00");
    chain[2].premium = decimal("3700.00");
    let mut lines = [unnumbered(3, &chain[0]), unnumbered(4, &chain[1]), unnumbered(5, &chain[2])];
    lines[1].premium = decimal("3652.00");
    let settled = Scenario::new(chain.to_vec(), lines.to_vec()).run();
    assert_eq!(settled.kinds(), [Ambiguous]);
    assert_eq!(settled.breaks()[0].policies, ["PL-18", "PL-26"]);
    assert_eq!(settled.matched(), [(Stage::Attributes, vec!["PL-34"], vec![5])]);
}

#[test]
fn a_number_that_can_only_be_another_policy_is_believed() {
    let sold = policy("PL-0000000026", "3650.00");
    let line = Line { policy_number: "PL-0000000018".to_owned(), ..line_of(3, &sold) };
    let mut scenario = Scenario::new(vec![sold], vec![line]);
    assert_eq!(scenario.clone().run().matched().len(), 1);
    scenario.rules.numbering.check_digit = true;
    assert_eq!(scenario.clone().run().kinds(), [MissingAtInsurer, MissingAtUs]);
    scenario.lines[0].policy_number = "PL-0000000019".to_owned();
    assert_eq!(scenario.run().matched(), [(Stage::Attributes, vec!["PL-0000000026"], vec![3])]);
}

#[test]
fn parts_without_a_known_number_are_found_together() {
    let sold = policy("PL-18", "3650.00");
    let mut lines = [unnumbered(3, &sold), unnumbered(4, &sold)];
    lines[1].policy_number = lines[0].policy_number.clone();
    (lines[0].premium, lines[1].premium) = (decimal("3000"), decimal("650"));
    let settled = Scenario::new(vec![sold], lines.to_vec()).run();
    assert_eq!(settled.matched(), [(Stage::Attributes, vec!["PL-18"], vec![3, 4])]);
    assert!(settled.kinds().is_empty());
}
