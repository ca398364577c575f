use super::*;
use crate::matching::samples::{date, decimal, line_of, policy, rules};
use crate::register::LineStatus;

type Change = fn(&mut Policy, &mut Line, &mut Rules);

fn compared(change: Change) -> Compared {
    let (mut sold, mut rules) = (policy("PL-18", "3650.00"), rules());
    let mut line = line_of(17, &sold);
    line.commission = Some(decimal("547.50"));
    change(&mut sold, &mut line, &mut rules);
    let terms = Terms { rules: &rules, currency: "RUB", cut_off: date("2026-11-25") };
    compare(&[sold], &[line], terms)
}

fn cancel(sold: &mut Policy, from: &str, refund: &str) {
    sold.cancelled_from = Some(date(from));
    sold.refund = decimal(refund);
}

fn cancel_line(line: &mut Line, from: Option<&str>, refund: Option<&str>) {
    line.status = LineStatus::Cancelled;
    line.cancelled_from = from.map(date);
    line.refund = refund.map(decimal);
}

#[test]
fn each_difference_is_a_break_of_its_kind() {
    use Kind::{CommissionDiffers, DatesDiffer, PremiumDiffers, RefundDiffers, StatusDiffers};
    let cases: [(&str, Change, &[Kind]); 27] = [
        ("nothing", |_, _, _| {}, &[]),
        ("premium", |_, line, _| line.premium = decimal("3560"), &[PremiumDiffers]),
        ("a kopeck", |_, line, _| line.premium = decimal("3650.01"), &[PremiumDiffers]),
        (
            "a kopeck that may be",
            |_, line, rules| {
                line.premium = decimal("3650.01");
                rules.compare.premium.amount = decimal("0.01");
            },
            &[],
        ),
        ("commission", |_, line, _| line.commission = Some(decimal("547.51")), &[CommissionDiffers]),
        ("no commission", |_, line, _| line.commission = None, &[]),
        (
            "no rate",
            |_, line, rules| {
                line.commission = Some(decimal("1"));
                rules.commission.lines.clear();
            },
            &[],
        ),
        (
            "premium, and the commission with it",
            |_, line, _| {
                line.premium = decimal("3560");
                line.commission = Some(decimal("534"));
            },
            &[PremiumDiffers, CommissionDiffers],
        ),
        ("cancelled by us", |sold, _, _| cancel(sold, "2026-11-26", "3650"), &[StatusDiffers]),
        ("cancelled by them", |_, line, _| cancel_line(line, Some("2026-12-01"), Some("3000")), &[StatusDiffers]),
        (
            "cancelled by both",
            |sold, line, _| {
                cancel(sold, "2026-12-01", "3000");
                cancel_line(line, Some("2026-12-01"), Some("3000"));
            },
            &[],
        ),
        (
            "cancelled by both, no refund said",
            |sold, line, _| {
                cancel(sold, "2026-12-01", "3000");
                cancel_line(line, None, None);
            },
            &[],
        ),
        (
            "another refund",
            |sold, line, _| {
                cancel(sold, "2026-12-01", "3000");
                cancel_line(line, Some("2026-12-01"), Some("2990"));
            },
            &[RefundDiffers],
        ),
        (
            "a refund that may be",
            |sold, line, rules| {
                cancel(sold, "2026-12-01", "3000");
                cancel_line(line, Some("2026-12-01"), Some("2999.99"));
                rules.compare.refund.amount = decimal("0.01");
            },
            &[],
        ),
        ("a refund of what is in force", |_, line, _| line.refund = Some(decimal("10")), &[RefundDiffers]),
        ("no refund of what is in force", |_, line, _| line.refund = Some(decimal("0")), &[]),
        (
            "cancelled from another day",
            |sold, line, _| {
                cancel(sold, "2026-12-01", "3000");
                cancel_line(line, Some("2026-12-03"), Some("3000"));
            },
            &[DatesDiffer],
        ),
        (
            "cancelled a day later, which may be",
            |sold, line, rules| {
                cancel(sold, "2026-12-01", "3000");
                cancel_line(line, Some("2026-12-02"), Some("3000"));
                rules.compare.cancelled_from_days = 1;
            },
            &[],
        ),
        (
            "the end that it came to",
            |sold, line, _| {
                cancel(sold, "2026-12-01", "3000");
                cancel_line(line, Some("2026-12-01"), Some("3000"));
                line.ends_on = Some(date("2026-11-30"));
            },
            &[],
        ),
        ("issue", |_, line, _| line.issued_on = Some(date("2026-11-13")), &[DatesDiffer]),
        (
            "issue a day later, which may be",
            |_, line, rules| {
                line.issued_on = Some(date("2026-11-13"));
                rules.compare.issued_on_days = 1;
            },
            &[],
        ),
        ("beginning", |_, line, _| line.starts_on = Some(date("2026-11-24")), &[DatesDiffer]),
        ("end", |_, line, _| line.ends_on = Some(date("2027-11-25")), &[DatesDiffer]),
        (
            "all days at once",
            |_, line, _| {
                line.issued_on = Some(date("2026-11-13"));
                line.starts_on = Some(date("2026-11-24"));
                line.ends_on = Some(date("2027-11-25"));
            },
            &[DatesDiffer],
        ),
        (
            "no days",
            |_, line, _| {
                (line.issued_on, line.starts_on, line.ends_on) = (None, None, None);
            },
            &[],
        ),
        (
            "status, and not the refund with it",
            |sold, line, _| {
                cancel(sold, "2026-11-26", "3650");
                line.refund = Some(decimal("0"));
            },
            &[StatusDiffers],
        ),
        (
            "everything",
            |sold, line, _| {
                cancel(sold, "2026-11-26", "3650");
                line.premium = decimal("1");
                line.commission = Some(decimal("1"));
                line.ends_on = Some(date("2027-11-25"));
            },
            &[PremiumDiffers, CommissionDiffers, StatusDiffers, DatesDiffer],
        ),
    ];
    for (name, change, expected) in cases {
        let compared = compared(change);
        let kinds: Vec<Kind> = compared.breaks.iter().map(|found| found.kind).collect();
        assert_eq!(kinds, expected, "{name}");
        assert_eq!(compared.not_due, None, "{name}");
        for found in compared.breaks {
            assert_eq!(found.id.as_str(), format!("{}:PL-18", found.kind), "{name}");
            assert_eq!((found.policies, found.lines), (vec!["PL-18".to_owned()], vec![17]), "{name}");
        }
    }
}

#[test]
fn the_tariff_says_whose_premium_is_right() {
    let cases: [(Change, TariffSays); 5] = [
        (|_, _, _| {}, TariffSays::Ours),
        (|sold, _, _| sold.expected_premium = Some(decimal("3560")), TariffSays::Theirs),
        (|sold, _, _| sold.expected_premium = Some(decimal("3600")), TariffSays::Neither),
        (|sold, _, _| sold.expected_premium = None, TariffSays::Unknown),
        (
            |sold, _, rules| {
                sold.expected_premium = Some(decimal("3561"));
                rules.compare.premium.amount = decimal("2");
            },
            TariffSays::Theirs,
        ),
    ];
    for (change, expected) in cases {
        let (mut sold, mut rules) = (policy("PL-18", "3650.00"), rules());
        let mut line = line_of(17, &sold);
        line.premium = decimal("3560.00");
        change(&mut sold, &mut line, &mut rules);
        let terms = Terms { rules: &rules, currency: "RUB", cut_off: date("2026-11-25") };
        let compared = compare(&[sold], &[line], terms);
        assert_eq!(compared.breaks[0].tariff_says, Some(expected));
        assert_eq!(compared.breaks[0].amounts, Amounts::both(decimal("3650"), decimal("3560")));
    }
}

#[test]
fn what_both_sides_agree_on_may_still_be_off_the_tariff() {
    let compared = compared(|sold, line, rules| {
        sold.expected_premium = Some(decimal("3900"));
        rules.commission.of = crate::matching::commission::Basis::Paid;
        line.premium = sold.premium;
    });
    assert!(compared.off_tariff && compared.breaks.is_empty());
}

#[test]
fn a_cancellation_after_the_cut_off_is_not_due_yet() {
    // Cover ends with the day of the cancellation, so this was cancelled on the 26th.
    let late = compared(|sold, line, _| {
        cancel(sold, "2026-11-27", "3640");
        line.refund = Some(decimal("0"));
    });
    assert!(late.breaks.is_empty());
    let not_due = late.not_due.unwrap();
    assert_eq!((not_due.kind, not_due.id.as_str()), (Kind::NotDueYet, "not_due_yet:PL-18"));
    assert_eq!(late.tolerated.refund, decimal("3640"));
    // Cover that never began may have been given up on any day.
    let never_begun = compared(|sold, _, _| {
        sold.starts_on = date("2026-12-20");
        sold.cancelled_from = Some(date("2026-12-20"));
    });
    assert!(never_begun.not_due.is_none());
    assert!(never_begun.breaks.iter().any(|found| found.kind == Kind::StatusDiffers));
}

#[test]
fn what_is_not_said_is_tolerated_and_counted() {
    let compared = compared(|sold, line, rules| {
        line.commission = None;
        line.premium = decimal("3649.50");
        rules.compare.premium.amount = decimal("1");
        cancel(sold, "2026-12-01", "3000");
        cancel_line(line, None, None);
    });
    let [premium, commission, refund] = ["0.50", "547.50", "3000"].map(decimal);
    assert_eq!(compared.tolerated, Tolerated { premium, commission, refund });
}

#[test]
fn policies_of_one_line_are_compared_together() {
    let rules = rules();
    let mut policies = [policy("PL-18", "100"), policy("PL-26", "200")];
    policies[1].issued_on = date("2026-11-14");
    policies[1].cancelled_from = Some(date("2026-11-26"));
    let mut line = line_of(17, &policies[0]);
    line.premium = decimal("290");
    line.issued_on = Some(date("2026-11-13"));
    let terms = Terms { rules: &rules, currency: "RUB", cut_off: date("2026-11-25") };
    let compared = compare(&policies, &[line], terms);
    let kinds: Vec<Kind> = compared.breaks.iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [Kind::PremiumDiffers, Kind::StatusDiffers]);
    assert_eq!(compared.breaks[0].amounts.difference, Some(decimal("10.00")));
    assert!(compared.breaks[0].id.as_str().starts_with("premium_differs:PL-18+"));
}
