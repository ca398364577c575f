use super::*;
use crate::matching::breaks::Kind;
use crate::matching::samples::{date, decimal, line, line_of, policy};
use crate::matching::scenario::Scenario;
use crate::register::Reason;

fn plain(explanation: &Explanation) -> [String; 2] {
    [&explanation.ru, &explanation.en].map(|text| text.replace('\u{a0}', " "))
}

fn said(policies: Vec<Policy>, lines: Vec<Line>) -> Vec<[String; 2]> {
    Scenario::new(policies, lines).run().breaks().iter().map(|found| plain(&found.explanation)).collect()
}

#[test]
fn missing_on_either_side() {
    let mut sold = policy("PL-18", "3650.00");
    assert_eq!(
        said(vec![sold.clone()], vec![]),
        [[
            "Полиса PL-18 от 12.11.2026 на 3 650,00 ₽ нет в реестре страховщика, хотя в него входят полисы, выданные по 25.11.2026",
            "Policy PL-18 of 12 November 2026 for RUB 3,650.00 is not in the insurer's register, though it holds policies issued until 25 November 2026",
        ]]
    );
    sold.cancelled_from = Some(date("2026-12-01"));
    let [[ru, _]] = said(vec![sold], vec![]).try_into().unwrap();
    assert!(ru.starts_with("Полиса PL-18 от 12.11.2026 на 3 650,00 ₽ (у нас расторгнут с 01.12.2026) нет"), "{ru}");
    let lines = vec![line(3, " QR-1 ", "1000"), line(5, "QR-1", "-30"), line(7, "", "1000")];
    assert_eq!(
        said(vec![], lines),
        [
            [
                "В реестре (строка 7) 1 000,00 ₽ без номера полиса, и нашего полиса к этому нет",
                "The register (line 7) has RUB 1,000.00 without a policy number, and no policy of ours fits",
            ],
            [
                "Полис QR-1 на 970,00 ₽ есть в реестре страховщика (строки 3 и 5), а у нас его нет",
                "Policy QR-1 for RUB 970.00 is in the insurer's register (lines 3 and 5), and we do not have it",
            ],
        ]
    );
}

#[test]
fn duplicates() {
    let sold = policy("PL-18", "3650.00");
    let lines = [3, 9, 11].map(|number| line_of(number, &sold)).to_vec();
    assert_eq!(
        said(vec![sold], lines),
        [[
            "Полис PL-18 повторён в реестре: строка 3, и ещё раз 9 и 11; лишних 7 300,00 ₽",
            "Policy PL-18 is in the register repeatedly: line 3, and again 9 and 11; RUB 7,300.00 too much",
        ]]
    );
}

#[test]
fn not_due_yet() {
    let mut sold = policy("PL-18", "3650.00");
    sold.issued_on = date("2026-11-27");
    assert_eq!(
        said(vec![sold], vec![]),
        [[
            "Полис PL-18 от 27.11.2026 на 3 650,00 ₽ ещё не должен быть в реестре: в него входят полисы, выданные по 25.11.2026, этот ожидается в следующем",
            "Policy PL-18 of 27 November 2026 for RUB 3,650.00 is not due in the register yet: it holds policies issued until 25 November 2026, this one is expected in the next",
        ]]
    );
    let mut sold = policy("PL-18", "3650.00");
    let line = line_of(3, &sold);
    sold.cancelled_from = Some(date("2026-11-29"));
    sold.refund = decimal("3600");
    let [[ru, _]] = said(vec![sold], vec![line]).try_into().unwrap();
    assert_eq!(
        ru,
        "Полис PL-18 у нас расторгнут с 29.11.2026 (возврат 3 600,00 ₽), но реестр составлен по 25.11.2026: расторжение ожидается в следующем"
    );
}

#[test]
fn unreadable_lines() {
    let wrong = vec![("Премия".to_owned(), Reason::NoAmount { text: "три тысячи".to_owned(), mark: ',' })];
    let line = Unreadable { number: 17, sheet: Some("Ноябрь".to_owned()), wrong, text: "x;y".to_owned() };
    assert_eq!(
        plain(&unreadable("RUB", &line)),
        [
            "Строку 17 листа «Ноябрь» нельзя прочитать: столбец «Премия»: «три тысячи» — не сумма с десятичным знаком «,»",
            "Line 17 of sheet “Ноябрь” cannot be read: column “Премия”: \"три тысячи\" is not an amount with the decimal mark ','",
        ]
    );
    let line = Unreadable { wrong: Vec::new(), sheet: None, ..line };
    assert_eq!(plain(&unreadable("RUB", &line))[0], "Строку 17 нельзя прочитать: x;y");
}

#[test]
fn doubts() {
    let names = ["PL-18", "PL-26"].map(str::to_owned);
    let lines = [line(3, "BSO 1", "1"), line(4, "BSO 2", "1")];
    for (doubt, policies, lines, ru) in [
        (
            Doubt::Numbers,
            &names[..],
            &lines[..1],
            "Номера полисов PL-18 и PL-26 пишутся почти одинаково, и неясно, к какому относится строка 3",
        ),
        (
            Doubt::Attributes,
            &names,
            &lines[..1],
            "По продукту, датам и премии к полисам PL-18 и PL-26 подходит строка 3, и выбрать нельзя",
        ),
        (
            Doubt::Attributes,
            &names[..1],
            &lines,
            "По продукту, датам и премии к полису PL-18 подходят строки 3 и 4, и выбрать нельзя",
        ),
        (
            Doubt::Named(&[]),
            &names,
            &lines,
            "Полисы PL-18 и PL-26 названы вместе (строки 3 и 4), но некоторые не один раз",
        ),
        (
            Doubt::Named(&["PL99".to_owned()]),
            &names[..1],
            &lines[..1],
            "К полису PL-18 относится строка 3, но там же названы PL99: таких у нас нет, или у них есть своя строка",
        ),
    ] {
        assert_eq!(plain(&ambiguous("RUB", policies, lines, doubt))[0], ru);
    }
}

#[test]
fn every_kind_is_explained_in_both_languages() {
    let settled = Scenario::new(vec![policy("PL-18", "1")], vec![line(1, "QR-1", "1")]).run();
    assert_eq!(settled.kinds(), [Kind::MissingAtInsurer, Kind::MissingAtUs]);
    for found in settled.breaks() {
        let [ru, en] = plain(&found.explanation);
        assert!(!ru.is_empty() && !en.is_empty() && !ru.ends_with('.') && !en.ends_with('.'));
    }
}
