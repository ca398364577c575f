//! Files of insurers: those that come with the service, and what is said of wrong ones.

use std::path::{Path, PathBuf};

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::insurer::Insurer;
use super::origin::Origin;
use super::{Insurers, InsurersError};
use crate::matching::Period;

const FILE: &str = r#"name = "Проба"
time_zone = "Asia/Yekaterinburg"

[register]
currency = "RUB"
format.csv = {}

[register.columns]
policy_number = "Полис"
premium = "Премия"

[rules]
version = "7"

[pull]
url = "https://insurer.test/{from}/{to}"

[schedule]
cron = "0 7 3 * *"
"#;

fn parse(text: &str) -> Result<Insurer, String> {
    Insurer::parse("proba", Origin { file: "proba.toml", text }).map_err(|error| error.to_string())
}

fn built_in() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("insurers")
}

#[tokio::test]
async fn the_insurers_that_come_with_the_service_can_be_used() {
    let all = Insurers::new(built_in()).all().await.unwrap();
    assert_eq!(all.len(), 12);
    for (id, insurer) in all {
        let insurer = insurer.unwrap();
        assert_eq!(insurer.id, id);
        assert!(insurer.pull.is_some() && insurer.schedule.is_some(), "{id}");
        assert!(insurer.rules.commission.per_cent.is_some(), "{id}");
        assert!(!insurer.requisites.signatory.is_empty() && !insurer.requisites.inn.is_empty(), "{id}");
    }
}

/// How the sandbox's insurers write registers, as far as it is agreed with them.
#[derive(Deserialize)]
struct Agreed {
    register: Register,
}

#[derive(Deserialize)]
struct Register {
    name: String,
    #[serde(default = "csv")]
    form: String,
    #[serde(default = "ten")]
    commission_per_cent: Decimal,
}

fn csv() -> String {
    "csv".to_owned()
}

fn ten() -> Decimal {
    Decimal::TEN
}

#[tokio::test]
async fn they_say_what_the_insurers_of_the_sandbox_do() {
    let market = std::fs::read_to_string(built_in().join("../../sandbox/data/market.toml")).unwrap();
    let market: std::collections::BTreeMap<String, Agreed> = toml::from_str(&market).unwrap();
    let insurers = Insurers::new(built_in());
    for (id, Agreed { register }) in market {
        let insurer = insurers.get(&id).await.unwrap();
        let short = register.name.split(['«', '»']).nth(1).unwrap();
        assert!(insurer.requisites.legal_name.ends_with(&format!("«{short}»")), "{id}");
        assert!(register.form.starts_with(insurer.format), "{id}");
        assert_eq!(insurer.rules.commission.per_cent, Some(register.commission_per_cent), "{id}");
    }
}

#[tokio::test]
async fn one_of_them_closes_its_books_early() {
    let day = |day| Date::constant(2026, 11, day);
    let lena = Insurers::new(built_in()).get("lena-garantiya").await.unwrap();
    assert_eq!(lena.rules.cut_off.of(Period { from: day(1), to: day(30) }), day(27));
}

#[test]
fn what_is_not_said_is_usual() {
    let insurer = parse(FILE).unwrap();
    assert_eq!((insurer.most_left_over, insurer.format), (100_000, "csv"));
    assert_eq!(insurer.requisites.legal_name, "Проба");
    assert_eq!(insurer.time_zone.iana_name(), Some("Asia/Yekaterinburg"));
}

#[test]
fn what_is_wrong_is_said_with_file_line_and_key() {
    for (was, is, expected) in [
        ("name =", "nmae =", "proba.toml:1: unknown field `nmae`"),
        ("version = \"7\"", "version = \"7\"\nper_cent = 1", "proba.toml:14: unknown field `per_cent`"),
        ("format.csv = {}", "format.csv = { delimeter = \";\" }", "proba.toml:6: unexpected keys in table: delimeter"),
        ("[rules]", "[rules", "proba.toml:12: "),
        ("name = \"Проба\"", "name = \" \"", "proba.toml:1: name: is empty"),
        (
            "Asia/Yekaterinburg",
            "Asia/Yekaterinberg",
            "proba.toml:2: time_zone: \"Asia/Yekaterinberg\" is not a time zone",
        ),
        ("\"RUB\"", "\"руб\"", "proba.toml:5: register.currency: \"руб\" is not a currency"),
        ("\n[rules]", "notes = \"(\"\n[rules]", "proba.toml:11: unknown variant `notes`"),
        ("format.csv", "notes = \"(\"\nformat.csv", "proba.toml:6: register.notes: is not a regular expression"),
        ("premium = \"Премия\"", "", "proba.toml:8: register.columns.premium: must be there"),
        ("version = \"7\"", "version = \"\"", "proba.toml:13: rules.version: the rules have no version"),
        ("\"7\"", "\"7\"\ncompare.premium.per_cent = \"60\"", "proba.toml:14: rules.compare.premium: an amount below"),
        ("/{to}", "", "proba.toml:16: pull.url: has no {to}"),
        ("0 7 3", "0 77 3", "proba.toml:19: schedule.cron: \"0 77 3 * *\" is not a crontab"),
        ("[pull]\nurl = \"https://insurer.test/{from}/{to}\"\n", "", "proba.toml:16: schedule: needs a [pull]"),
        (
            "[schedule]",
            "[requisites]\ninn = \"12\"\n[schedule]",
            "proba.toml:19: requisites.inn: \"12\" is not the INN",
        ),
    ] {
        assert!(FILE.contains(was), "{was}");
        let error = parse(&FILE.replace(was, is)).map(|insurer| insurer.name).unwrap_err();
        assert!(error.starts_with(expected) && !error.contains('\n'), "{error}");
    }
}

#[test]
fn the_description_is_another_one_when_registers_are_read_in_another_way() {
    let of = |text: &str| parse(text).unwrap().description_sha256;
    assert_eq!(of(FILE), of(&FILE.replace("\"7\"", "\"8\"")));
    assert_eq!(of(FILE), of(&FILE.replace("currency = \"RUB\"", "# Roubles.\ncurrency   =   'RUB'")));
    assert_ne!(of(FILE), of(&FILE.replace("Премия", "Взнос")));
}

#[tokio::test]
async fn a_file_is_read_when_it_is_needed() {
    let directory = tempfile::tempdir().unwrap();
    let insurers = Insurers::new(directory.path().to_owned());
    let unknown = |error: Result<_, InsurersError>| matches!(error, Err(InsurersError::Unknown { .. }));
    assert!(unknown(insurers.get("proba").await.map(drop)));
    for id in ["../proba", "", "Проба", "a/b"] {
        assert!(unknown(insurers.get(id).await.map(drop)), "{id}");
    }
    let write = |name: &str, text: &str| std::fs::write(directory.path().join(name), text).unwrap();
    write("proba.toml", FILE);
    write("b_d.toml", FILE);
    write("a.toml", "name");
    write("notes.txt", "");
    assert_eq!(insurers.get("proba").await.unwrap().name, "Проба");
    write("proba.toml", &FILE.replace("Проба", "Другая"));
    assert_eq!(insurers.get("proba").await.unwrap().name, "Другая");
    let all = insurers.all().await.unwrap();
    let shown: Vec<String> = all
        .into_iter()
        .map(|(id, insurer)| insurer.map_or_else(|error| format!("{id}!{error}"), |insurer| insurer.id.clone()))
        .collect();
    assert_eq!(shown.len(), 3, "{shown:?}");
    assert!(shown[0].starts_with("a!") && shown[0].contains("a.toml:1"), "{shown:?}");
    assert!(shown[1].contains("not an identifier") && shown[2] == "proba", "{shown:?}");
    assert!(
        Insurers::new(directory.path().join("none")).all().await.unwrap_err().to_string().contains("cannot be read")
    );
}
