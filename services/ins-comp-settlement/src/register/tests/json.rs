use rust_decimal::Decimal;

use super::*;

const CONFIG: &str = r#"
decimal = "dot"
optional = ["refund"]
[columns]
policy_number = ["number", "policy.number"]
premium = "premium.amount"
commission = "premium.commission"
issued_on = "issued"
status = "state"
refund = "refund"
[status]
active = ["ACTIVE"]
cancelled = ["CANCELLED"]
[totals]
premium = "$.register.sums.premium"
lines = "$.register.sums.count"
[expect]
insurer = { path = "$.register.insurer.code", pattern = "^polaris$" }
period = { path = "$.register.period", pattern = '(?<year>\d{4})-(?<month>\d{2})' }
[format.json]
items = "$.register.policies[*]"
"#;

/// A register whose list holds these items.
fn register(items: &str) -> String {
    format!(
        r#"{{"register":{{"insurer":{{"code":"polaris"}},"period":"2026-05","policies":[{items}],
        "sums":{{"premium":1234.60,"count":2}},"other":[1,{{"policies":[{{}}]}}]}},"tail":"x"}}"#
    )
}

const FIRST: &str = r#"{"number":"П-1","premium":{"amount":1234.50,"commission":"10.5"},"issued":"2026-05-02","state":"ACTIVE","x":[{"number":1}]}"#;
const SECOND: &str = r#"{"policy":{"number":17},"premium":{"amount":1e-1,"commission":null},"issued":"03.05.2026","state":"cancelled","refund":1}"#;

#[test]
fn json_is_read_item_by_item() {
    let reader = reader(CONFIG);
    let text = register(&format!("{FIRST},\n{SECOND}"));
    let (lines, summary) = read(&reader, text.as_bytes()).unwrap();
    let shown: Vec<String> = lines.iter().map(show).collect();
    assert_eq!(shown, ["1 П-1 1234.50 10.5 2026-05-02", "2 17 0.1 2026-05-03 cancelled 1"]);
    let totals = summary.totals_found.unwrap();
    assert_eq!((totals.rows, totals.differences), (1, Vec::new()));
    assert_eq!((summary.period, summary.bytes), (may(), text.len() as u64));
    let (_, summary) = read(&reader, cp1251(&text.replace("1234.60", "1234.61")).as_slice()).unwrap();
    let difference = summary.totals_found.unwrap().differences.remove(0);
    assert_eq!((difference.said, difference.whole), (Decimal::new(123_461, 2), Decimal::new(123_460, 2)));
    assert_eq!(summary.encoding, Some("windows-1251"));
}

#[test]
fn an_item_that_cannot_be_read_is_said_with_what_is_wrong() {
    let cases = [
        (FIRST.replace("\"issued\"", "\"date\""), ""),
        (FIRST.replace("1234.50", "-1"), "premium.amount: -1 is negative"),
        (FIRST.replace("1234.50", "1e300"), "premium.amount: 1e300 has more digits"),
        (FIRST.replace("1234.50", "[1]"), "premium.amount: is a list or a table"),
        (FIRST.replace("\"ACTIVE\"", "\"ACTIVE\",\"number\":\"П-2\""), "number: is there twice"),
        (FIRST.replace("\"ACTIVE\"", "null"), "state: is empty"),
        ("7".to_owned(), "$.register.policies[*]: is not a table"),
    ];
    let reader = reader(CONFIG);
    for (item, expected) in cases {
        let found = shown(&reader, register(&format!("{FIRST},{item},{SECOND}")).as_bytes());
        assert_eq!(found.len(), 3, "{item}: {found:?}");
        let begin = if expected.is_empty() { "2 П-1".to_owned() } else { format!("2 !! {expected}") };
        assert!(found[1].starts_with(&begin), "{item}: {}", found[1]);
    }
}

#[test]
fn a_document_that_is_not_this_register_is_refused() {
    let good = register(&format!("{FIRST},\n{SECOND}"));
    let cases = [
        (good.replace("polaris", "north"), "column $.register.insurer.code: the register says \"north\""),
        (good.replace("\"insurer\"", "\"who\""), "does not say whose it is at $.register.insurer.code"),
        (good.replace("2026-05\"", "2026-06\""), "2026-06-01 to 2026-06-30"),
        (good.replace("2026-05\"", "may\""), "does not say of which days it is in \"may\""),
        (good.replace("policies", "contracts"), "there is no $.register.policies[*]"),
        (good.replace("\"issued\"", "\"date\""), "no line has issued"),
        (good[..good.len() - 40].to_owned(), "this is not JSON"),
        (good.replace("[{\"number\":\"П", "{\"number\":\"П"), "is a table, and a list was expected"),
        (good.replace("},\n{", "}\n{"), "line 2, column at 1: this is not JSON"),
        (good.replace("1234.60", "\"much\""), "column $.register.sums.premium"),
        (format!("{good} {good}"), "trailing characters"),
    ];
    let reader = reader(CONFIG);
    for (text, expected) in cases {
        let error = error(&reader, text.as_bytes());
        assert!(error.starts_with("register.bin") && error.contains(expected), "{expected}: {error}");
    }
}

#[test]
fn an_empty_list_is_a_register_without_lines() {
    let reader = reader("[columns]\npolicy_number = \"n\"\npremium = \"p\"\n[format.json]\nitems = \"$\"\n");
    assert_eq!(shown(&reader, b"[]"), Vec::<String>::new());
    assert_eq!(shown(&reader, br#"[{"n":"1","p":5}]"#), ["1 1 5"]);
    assert!(error(&reader, b"{}").contains("a list was expected"));
}

#[test]
fn days_may_stand_in_two_places() {
    let days = r#"period = { path = ["$.period.from", "$.period.to"], pattern = '^(?<from>\S+) (?<to>\S+)$' }"#;
    let config = CONFIG.lines().map(|line| if line.starts_with("period =") { days } else { line });
    let reader = reader(&config.collect::<Vec<_>>().join("\n"));
    let with = |days: &str| register(FIRST).replace("\"tail\"", &format!("\"period\": {{{days}}}, \"tail\""));
    let whole = with(r#""to": "2026-05-31", "from": "01.05.2026""#);
    assert_eq!(read(&reader, whole.as_bytes()).unwrap().1.period, may());
    let other = error(&reader, with(r#""from": "2026-05-01", "to": "2026-05-30""#).as_bytes());
    assert!(other.contains("2026-05-01 to 2026-05-30, and 2026-05-01 to 2026-05-31 was asked for"), "{other}");
    let half = error(&reader, with(r#""from": "2026-05-01""#).as_bytes());
    assert!(half.contains("of which days it is at $.period.to"), "{half}");
}
