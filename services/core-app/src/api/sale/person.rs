//! Who applies, as it comes and as it may be: every wrong field is named, not only the first.

use jiff::civil::Date;
use polis_actors::http::Problem;
use serde::Deserialize;
use serde_json::{Value, json};
use warp::http::StatusCode;

use crate::sale::seal::Person;

/// As it comes.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Given {
    name: String,
    born_on: String,
    email: String,
    phone: String,
}

const LONGEST: usize = 200;
const ADULT: i16 = 18;

/// A person, or what is wrong with each field.
pub(super) fn check(given: &Given, today: Date) -> Result<Person, Problem> {
    let wrong: Vec<Value> = [
        ("name", name(given.name.trim())),
        ("born_on", born_on(given.born_on.trim(), today)),
        ("email", email(given.email.trim())),
        ("phone", phone(given.phone.trim())),
    ]
    .into_iter()
    .filter_map(|(field, wrong)| Some(json!({ "field": field, "detail": wrong? })))
    .collect();
    if !wrong.is_empty() {
        let what = "some fields cannot be used; see errors";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, what).with("errors", wrong));
    }
    let text = |text: &str| text.trim().to_owned();
    // As one form of ISO 8601, whichever it came in.
    let born_on = given.born_on.trim().parse::<Date>().map(|day| day.to_string()).unwrap_or_default();
    let name = text(&given.name);
    Ok(Person { name, born_on, email: text(&given.email), phone: text(&given.phone) })
}

fn name(name: &str) -> Option<String> {
    let words = name.split_whitespace().count();
    let letters = name.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '.'));
    (words < 2 || name.chars().count() > LONGEST || !letters)
        .then(|| format!("is a first and a last name, in at most {LONGEST} letters"))
}

fn born_on(day: &str, today: Date) -> Option<String> {
    let Ok(day) = day.parse::<Date>() else { return Some("is a date, as in 1990-02-03".to_owned()) };
    let grown = today.checked_sub(jiff::Span::new().years(ADULT)).is_ok_and(|then| day <= then);
    let alive = day.year() > today.year() - 120;
    (!grown || !alive).then(|| format!("must be at least {ADULT} years ago"))
}

fn email(email: &str) -> Option<String> {
    let fits = email.split_once('@').is_some_and(|(user, host)| {
        !user.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.') && !host.contains('@')
    });
    let plain = email.chars().count() <= LONGEST && !email.contains(char::is_whitespace);
    (!fits || !plain).then(|| format!("is an address, as in somebody@example.org, of at most {LONGEST} characters"))
}

fn phone(phone: &str) -> Option<String> {
    let digits = phone.chars().filter(char::is_ascii_digit).count();
    let plain = phone.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')'));
    (!(10..=15).contains(&digits) || !plain).then(|| "is a number with 10 to 15 digits".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_field_is_named() {
        let today = Date::constant(2026, 11, 25);
        let given = |name: &str, born_on: &str, email: &str, phone: &str| {
            let own = str::to_owned;
            check(&Given { name: own(name), born_on: own(born_on), email: own(email), phone: own(phone) }, today)
        };
        let good = given("Ирина Вымышленная", "2008-11-25", " i@example.org ", "+7 (900) 000-00-00").unwrap();
        assert_eq!(good.email, "i@example.org");
        assert_eq!(given("Ирина Вымышленная", "19900203", "i@e.org", "+79000000000").unwrap().born_on, "1990-02-03");
        let named = |problem: Problem| {
            let text = format!("{problem:?}");
            ["name", "born_on", "email", "phone"].map(|field| text.contains(&format!("String(\"{field}\")")))
        };
        assert_eq!(named(given("Ирина", "2008-11-26", "i@example", "123").unwrap_err()), [true; 4]);
        assert_eq!(
            named(given("И Вымышленная", "x", "i@e.org", "+79000000000").unwrap_err()),
            [false, true, false, false]
        );
        assert_eq!(
            named(given("<b> x", "1990-01-01", "i@@e.org", "+79000000000").unwrap_err()),
            [true, false, true, false]
        );
    }
}
