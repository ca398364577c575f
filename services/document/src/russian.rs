//! How amounts, days and times are written in Russian.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{self, Offset};
use rust_decimal::Decimal;

/// Moscow has kept this offset since 2014.
const MOSCOW: Offset = tz::offset(3);
/// Digits of an amount are not torn apart at the end of a line.
const NO_BREAK_SPACE: char = '\u{a0}';

/// `3 650,00 ₽`: at least two places, and more where the amount has more. Nothing is rounded.
pub fn amount(amount: Decimal, currency: &str) -> String {
    let normal = amount.normalize();
    let places = usize::try_from(normal.scale()).map_or(2, |scale| scale.max(2));
    let plain = format!("{:.places$}", normal.abs());
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(NO_BREAK_SPACE);
        }
        grouped.push(digit);
    }
    let sign = if normal.is_sign_negative() { "−" } else { "" };
    let unit = if currency == "RUB" { "₽" } else { currency };
    format!("{sign}{grouped},{fraction}{NO_BREAK_SPACE}{unit}")
}

/// `25.11.2026`.
pub fn date(day: Date) -> String {
    format!("{:02}.{:02}.{:04}", day.day(), day.month(), day.year())
}

/// `25.11.2026, 15:03 (МСК)`.
pub fn moment(time: Timestamp) -> String {
    let there = MOSCOW.to_datetime(time);
    format!("{}, {:02}:{:02} (МСК)", date(there.date()), there.hour(), there.minute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_grouped_by_thousands_and_keeps_all_its_places() {
        let written = |text: &str, currency| amount(text.parse().unwrap(), currency).replace(NO_BREAK_SPACE, "_");
        assert_eq!(written("3650", "RUB"), "3_650,00_₽");
        assert_eq!(written("999.9", "RUB"), "999,90_₽");
        assert_eq!(written("1234567.89", "EUR"), "1_234_567,89_EUR");
        assert_eq!(written("100000.1250", "KWD"), "100_000,125_KWD");
        assert_eq!(written("-1000", "RUB"), "−1_000,00_₽");
        assert_eq!(written("0", "RUB"), "0,00_₽");
    }

    #[test]
    fn days_and_times_are_written_as_in_moscow() {
        assert_eq!(date(Date::constant(2026, 1, 5)), "05.01.2026");
        let late = "2026-11-24T22:03:59Z".parse().unwrap();
        assert_eq!(moment(late), "25.11.2026, 01:03 (МСК)");
    }
}
