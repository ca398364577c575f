//! Policies and lines that agree, for tests to change.

use jiff::civil::Date;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::calendar::Period;
use super::merge::Run;
use super::policy::Policy;
use super::rules::Rules;
use crate::register::Line;

pub(super) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub(super) fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// A policy of November, sold at the price of its tariff.
pub(super) fn policy(number: &str, premium: &str) -> Policy {
    Policy {
        number: number.to_owned(),
        application_id: Uuid::nil(),
        product_id: "travel-eu".to_owned(),
        tariff: ("base".to_owned(), 2),
        premium: decimal(premium),
        expected_premium: Some(decimal(premium)),
        issued_on: date("2026-11-12"),
        starts_on: date("2026-11-25"),
        ends_on: date("2027-11-24"),
        cancelled_from: None,
        refund: Decimal::ZERO,
    }
}

/// A line that says nothing but a number and a premium.
pub(super) fn line(number: u64, policy_number: &str, premium: &str) -> Line {
    Line { number, policy_number: policy_number.to_owned(), premium: decimal(premium), ..Line::default() }
}

/// A line that says all that the policy says.
pub(super) fn line_of(number: u64, policy: &Policy) -> Line {
    Line {
        product: Some("TR-1".to_owned()),
        issued_on: Some(policy.issued_on),
        starts_on: Some(policy.starts_on),
        ends_on: Some(policy.ends_on),
        ..line(number, &policy.number, &policy.premium.to_string())
    }
}

/// The register of November, in December.
pub(super) fn november() -> Run {
    Run {
        currency: "RUB".to_owned(),
        period: Period { from: date("2026-11-01"), to: date("2026-11-30") },
        today: date("2026-12-02"),
        most_left_over: 10_000,
    }
}

/// Rules that know one product, and look for everything.
pub(super) fn rules() -> Rules {
    toml::from_str(
        r#"
        version = "7"

        [numbering]
        prefix = "PL"

        [products.travel-eu]
        codes = ["TR-1"]
        line = "travel"

        [attributes]
        starts_on_days = 1
        issued_on_days = 2
        premium = { amount = "1.00" }

        [commission]
        lines = { travel = "15" }

        [cut_off]
        day = 25
        "#,
    )
    .unwrap()
}
