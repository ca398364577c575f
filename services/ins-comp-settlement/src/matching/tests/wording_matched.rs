use crate::matching::breaks::Kind;
use crate::matching::policy::Policy;
use crate::matching::samples::{date, decimal, line_of, policy};
use crate::matching::scenario::Scenario;
use crate::register::{Line, LineStatus};

/// Both sentences of the first break of a kind, with plain spaces.
fn said(kind: Kind, policies: Vec<Policy>, lines: Vec<Line>) -> [String; 2] {
    let settled = Scenario::new(policies, lines).run();
    let breaks = settled.breaks();
    let found = breaks.iter().find(|found| found.kind == kind).unwrap();
    [&found.explanation.ru, &found.explanation.en].map(|text| text.replace('\u{a0}', " "))
}

fn of_one(kind: Kind, change: fn(&mut Policy, &mut Line)) -> [String; 2] {
    let mut sold = policy("PL-0000000018", "3650.00");
    let mut line = line_of(17, &sold);
    change(&mut sold, &mut line);
    said(kind, vec![sold], vec![line])
}

#[test]
fn premiums() {
    let premium = |change| of_one(Kind::PremiumDiffers, change);
    assert_eq!(
        premium(|_, line| line.premium = decimal("3560")),
        [
            "Премия по полису PL-0000000018 у нас 3 650,00 ₽, у страховщика 3 560,00 ₽: разница 90,00 ₽; по тарифу base версии 2, действовавшему на 12.11.2026, верно 3 650,00 ₽",
            "The premium of policy PL-0000000018 is RUB 3,650.00 with us and RUB 3,560.00 with the insurer: a difference of RUB 90.00; by tariff base version 2, valid on 12 November 2026, RUB 3,650.00 is right",
        ]
    );
    let [ru, en] = premium(|sold, line| {
        line.premium = decimal("3700");
        sold.expected_premium = Some(decimal("3700"));
    });
    assert!(ru.ends_with("разница −50,00 ₽; по тарифу base версии 2, действовавшему на 12.11.2026, верно 3 700,00 ₽, как у страховщика"), "{ru}");
    assert!(en.ends_with("RUB 3,700.00 is right, as with the insurer"), "{en}");
    let [ru, _] = premium(|sold, line| {
        line.premium = decimal("3700");
        sold.expected_premium = Some(decimal("3800"));
    });
    assert!(ru.ends_with("верно 3 800,00 ₽, что не сходится ни с одной стороной"), "{ru}");
    let [ru, en] = premium(|sold, line| {
        line.premium = decimal("3700");
        sold.expected_premium = None;
    });
    assert!(ru.ends_with("разница −50,00 ₽; тариф base версии 2 нам не известен"), "{ru}");
    assert!(en.ends_with("tariff base version 2 is not known to us"), "{en}");
}

#[test]
fn premiums_of_several() {
    let sold = policy("PL-18", "3650.00");
    let parts = [(3, "1800"), (9, "1760")]
        .map(|(number, premium)| Line { premium: decimal(premium), ..line_of(number, &sold) });
    let [ru, _] = said(Kind::PremiumDiffers, vec![sold], parts.to_vec());
    assert!(
        ru.starts_with(
            "Премия по полису PL-18 у нас 3 650,00 ₽, у страховщика 3 560,00 ₽ (строки 3 и 9 вместе): разница"
        ),
        "{ru}"
    );
    let policies = ["PL-18", "PL-26"].map(|number| policy(number, "100.00"));
    let line = Line { policy_number: "PL-18, PL-26".to_owned(), premium: decimal("190"), ..line_of(3, &policies[0]) };
    let [ru, en] = said(Kind::PremiumDiffers, policies.to_vec(), vec![line]);
    assert_eq!(
        ru,
        "Премия по полисам PL-18 и PL-26 вместе у нас 200,00 ₽, у страховщика 190,00 ₽: разница 10,00 ₽; по тарифам, действовавшим на дни выдачи, верно 200,00 ₽"
    );
    assert!(en.starts_with("The premium of policies PL-18 and PL-26 together is RUB 200.00"), "{en}");
}

#[test]
fn commissions() {
    let [ru, en] = of_one(Kind::CommissionDiffers, |_, line| line.commission = Some(decimal("365")));
    assert_eq!(
        ru,
        "Вознаграждение по полису PL-0000000018: причитается 547,50 ₽ (15 % от 3 650,00 ₽), у страховщика 365,00 ₽: разница 182,50 ₽"
    );
    assert_eq!(
        en,
        "The commission of policy PL-0000000018: RUB 547.50 is due (15% of RUB 3,650.00), the insurer has RUB 365.00: a difference of RUB 182.50"
    );
    let [ru, _] = of_one(Kind::CommissionDiffers, |_, line| {
        line.premium = decimal("3560");
        line.commission = Some(decimal("534"));
    });
    assert!(ru.ends_with("разница 13,50 ₽; страховщик посчитал его от своей премии 3 560,00 ₽"), "{ru}");
}

#[test]
fn statuses_and_refunds() {
    let cancelled: fn(&mut Policy, &mut Line) = |sold, _| {
        sold.cancelled_from = Some(date("2026-11-26"));
        sold.refund = decimal("3640");
    };
    assert_eq!(
        of_one(Kind::StatusDiffers, cancelled),
        [
            "Полис PL-0000000018 у нас расторгнут с 26.11.2026 (возврат 3 640,00 ₽), у страховщика действует",
            "Policy PL-0000000018 is cancelled from 26 November 2026 (refund RUB 3,640.00) with us and is in force with the insurer",
        ]
    );
    let [ru, _] = of_one(Kind::StatusDiffers, |_, line| line.status = LineStatus::Cancelled);
    assert_eq!(ru, "Полис PL-0000000018 у нас действует, у страховщика расторгнут");
    let [ru, en] = of_one(Kind::RefundDiffers, |sold, line| {
        sold.cancelled_from = Some(date("2026-11-26"));
        sold.refund = decimal("3640");
        line.status = LineStatus::Cancelled;
        line.refund = Some(decimal("3600"));
    });
    assert_eq!(ru, "Возврат по полису PL-0000000018 у нас 3 640,00 ₽, у страховщика 3 600,00 ₽: разница 40,00 ₽");
    assert!(en.starts_with("The refund of policy PL-0000000018 is RUB 3,640.00 with us"), "{en}");
    let mut policies = ["PL-18", "PL-26"].map(|number| policy(number, "100.00"));
    policies[1].cancelled_from = Some(date("2026-11-26"));
    let line = Line { policy_number: "PL-18, PL-26".to_owned(), premium: decimal("200"), ..line_of(3, &policies[0]) };
    let [ru, _] = said(Kind::StatusDiffers, policies.to_vec(), vec![line]);
    assert_eq!(
        ru,
        "Полисы одной строки у нас: PL-18 действует и PL-26 расторгнут с 26.11.2026; у страховщика строка действует"
    );
}

#[test]
fn days() {
    let days: fn(&mut Policy, &mut Line) = |_, line| {
        line.starts_on = Some(date("2026-11-26"));
        line.ends_on = Some(date("2027-11-25"));
    };
    assert_eq!(
        of_one(Kind::DatesDiffer, days),
        [
            "Даты полиса PL-0000000018: начало у нас 25.11.2026, у страховщика 26.11.2026; окончание у нас 24.11.2027, у страховщика 25.11.2027",
            "The dates of policy PL-0000000018: beginning 25 November 2026 with us, 26 November 2026 with the insurer; end 24 November 2027 with us, 25 November 2027 with the insurer",
        ]
    );
}
