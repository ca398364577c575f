use super::*;

fn all() -> Vec<Reason> {
    let date = |text: &str| text.parse().unwrap();
    let text = || "сто=1".to_owned();
    let number = |text: &str| text.parse().unwrap();
    vec![
        Reason::Empty,
        Reason::NoStatus,
        Reason::OtherStatus(text()),
        Reason::EndsTooEarly { ends: date("2026-11-01"), starts: date("2026-11-02") },
        Reason::NoAmount { text: text(), mark: ',' },
        Reason::NoNumber("1e400".to_owned()),
        Reason::LongAmount("1".repeat(40)),
        Reason::FineAmount { amount: number("1.5"), most: 12 },
        Reason::TooMuch { amount: number("10000000.5"), most: number("1000") },
        Reason::TooLittle { amount: number("-7"), least: number("-1") },
        Reason::Negative(number("-0.01")),
        Reason::DateForAmount,
        Reason::DateForText("2026-11-01".to_owned()),
        Reason::NoDate { text: text(), formats: "%d.%m.%Y or %Y-%m-%d".to_owned() },
        Reason::NoDay("-3".to_owned()),
        Reason::ImpossibleDay { day: date("1026-11-01"), earliest: date("2000-01-01"), latest: date("2100-01-01") },
        Reason::LongNumber("1e18".to_owned()),
        Reason::Rounded("1,23457E+15".to_owned()),
        Reason::Damaged(text()),
        Reason::SeveralLines(text()),
        Reason::TooLong { most: 400 },
        Reason::Twice,
        Reason::Nested,
        Reason::Misplaced,
        Reason::Escape,
        Reason::NoTable,
        Reason::CellNoDate { cell: "B2".to_owned(), text: text() },
        Reason::CellTime { cell: "B2".to_owned() },
        Reason::CellError { cell: "B2".to_owned(), error: "#DIV/0!".to_owned() },
        Reason::Unclosed,
        Reason::TooWide { have: 4, want: 3 },
        Reason::TooNarrow { have: 2, want: 3 },
        Reason::Told("is empty".to_owned()),
    ]
}

/// What is a name in both languages: keys of the configuration, formats, cells and what stands in them.
const NAMES: [&str; 11] = [
    "bounds.amount",
    "bounds.negative",
    "bounds.earliest",
    "bounds.latest",
    "%d.%m.%Y",
    "%Y-%m-%d",
    "#DIV/0!",
    "1e400",
    "1e18",
    "1,23457E+15",
    "B2",
];

#[test]
fn what_is_said_in_russian_has_no_english_in_it_and_the_other_way_round() {
    for reason in all() {
        let russian = NAMES.iter().fold(reason.russian(), |text, name| text.replace(name, ""));
        assert!(!russian.is_empty() && !russian.contains(|c: char| c.is_ascii_alphabetic()), "{russian}");
        let english = reason.to_string().replace("сто=1", "");
        assert!(!english.is_empty() && english.is_ascii(), "{english}");
    }
}

#[test]
fn what_is_kept_comes_back_and_what_was_told_before_is_what_was_told() {
    for reason in all() {
        let kept = serde_json::to_string(&reason).unwrap();
        assert_eq!(serde_json::from_str::<Reason>(&kept).unwrap(), reason, "{kept}");
    }
    let before: Vec<(String, Reason)> = serde_json::from_str(r#"[["Премия", "\"сто\" is not an amount"]]"#).unwrap();
    assert_eq!(before[0].1, Reason::Told("\"сто\" is not an amount".to_owned()));
}

#[test]
fn days_and_amounts_are_written_as_bookkeepers_write_them() {
    let reason = Reason::EndsTooEarly { ends: "2026-11-01".parse().unwrap(), starts: "2026-12-02".parse().unwrap() };
    assert_eq!(reason.russian(), "01.11.2026 раньше первого дня, 02.12.2026");
    let reason = Reason::TooMuch { amount: "10000000.50".parse().unwrap(), most: "1000".parse().unwrap() };
    assert_eq!(reason.russian(), "10000000,5 больше допустимого: 1000 (bounds.amount)");
}
