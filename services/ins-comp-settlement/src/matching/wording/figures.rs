//! Amounts, days and lists as Russians and the English write them.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::matching::amount::plain;

/// Digits of an amount are not torn apart at the end of a line.
const NO_BREAK_SPACE: char = '\u{a0}';
/// Nobody reads longer lists in a sentence; the break itself names all.
const LISTED: usize = 10;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// In which language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tongue {
    Russian,
    English,
}

/// Writes figures in a language and a currency.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figures<'c> {
    pub(super) tongue: Tongue,
    pub(super) currency: &'c str,
    /// Whether it is said where lines stand, or only how many they are.
    pub(super) places: bool,
}

impl Figures<'_> {
    /// What the language says of the two.
    pub(super) fn choose<T>(&self, russian: T, english: T) -> T {
        match self.tongue {
            Tongue::Russian => russian,
            Tongue::English => english,
        }
    }

    /// `3 650,00 ₽`, `RUB 3,650.00`: nothing is rounded.
    pub(super) fn amount(&self, amount: Decimal) -> String {
        let amount = plain(amount);
        let text = amount.abs().to_string();
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, "00"));
        let whole = grouped(whole, self.choose(NO_BREAK_SPACE, ','));
        let sign = if amount.is_sign_negative() { "−" } else { "" };
        let currency = self.currency;
        match self.tongue {
            Tongue::Russian => {
                let unit = if currency == "RUB" { "₽" } else { currency };
                format!("{sign}{whole},{fraction}{NO_BREAK_SPACE}{unit}")
            }
            Tongue::English => format!("{currency}{NO_BREAK_SPACE}{sign}{whole}.{fraction}"),
        }
    }

    /// `25.11.2026`, `25 November 2026`.
    pub(super) fn day(&self, day: Date) -> String {
        match self.tongue {
            Tongue::Russian => format!("{:02}.{:02}.{:04}", day.day(), day.month(), day.year()),
            Tongue::English => {
                let month = usize::try_from(day.month() - 1).ok().and_then(|at| MONTHS.get(at)).unwrap_or(&"");
                format!("{}{NO_BREAK_SPACE}{month} {}", day.day(), day.year())
            }
        }
    }

    /// A day, or that there is none.
    pub(super) fn day_or_none(&self, day: Option<Date>) -> String {
        day.map_or_else(|| self.choose("не указано", "not given").to_owned(), |day| self.day(day))
    }

    /// `12,5 %`, `12.5%`.
    pub(super) fn per_cent(&self, hundredths: Decimal) -> String {
        let text = hundredths.normalize().to_string();
        match self.tongue {
            Tongue::Russian => format!("{}{NO_BREAK_SPACE}%", text.replace('.', ",")),
            Tongue::English => format!("{text}%"),
        }
    }

    /// `A, B и C`; of long lists the beginning and how many more there are.
    pub(super) fn list<T: ToString>(&self, items: impl IntoIterator<Item = T>) -> String {
        let mut items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
        if items.len() > LISTED + 1 {
            let more = items.len() - LISTED;
            items.truncate(LISTED);
            items.push(self.choose(format!("ещё {more}"), format!("{more} more")));
        }
        let and = self.choose("и", "and");
        match items.split_last() {
            None => String::new(),
            Some((only, [])) => only.clone(),
            Some((last, others)) => format!("{} {and} {last}", others.join(", ")),
        }
    }

    /// `строка 17`, `lines 17 and 18`: in the nominative.
    pub(super) fn lines(&self, numbers: &[u64]) -> String {
        let one = numbers.len() == 1;
        let noun = self.choose(if one { "строка" } else { "строки" }, if one { "line" } else { "lines" });
        format!("{noun} {}", self.places(numbers))
    }

    /// `17 и 18`
    pub(super) fn places(&self, numbers: &[u64]) -> String {
        if self.places { self.list(numbers) } else { format!("({})", numbers.len()) }
    }
}

fn grouped(digits: &str, separator: char) -> String {
    let mut grouped = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(separator);
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::samples::{date, decimal};

    const RU: Figures<'_> = Figures { tongue: Tongue::Russian, currency: "RUB", places: true };
    const EN: Figures<'_> = Figures { tongue: Tongue::English, currency: "RUB", places: true };

    #[test]
    fn amounts_are_written_as_each_language_does() {
        let written = |figures: Figures<'_>, amount| figures.amount(decimal(amount)).replace(NO_BREAK_SPACE, "_");
        for (amount, ru, en) in [
            ("3650", "3_650,00_₽", "RUB_3,650.00"),
            ("-90.5", "−90,50_₽", "RUB_−90.50"),
            ("1234567.891", "1_234_567,891_₽", "RUB_1,234,567.891"),
            ("0", "0,00_₽", "RUB_0.00"),
            ("100000", "100_000,00_₽", "RUB_100,000.00"),
        ] {
            assert_eq!((written(RU, amount), written(EN, amount)), (ru.to_owned(), en.to_owned()));
        }
        assert_eq!(written(Figures { currency: "EUR", ..RU }, "1"), "1,00_EUR");
    }

    #[test]
    fn days_shares_and_lists_too() {
        assert_eq!(RU.day(date("2026-01-05")), "05.01.2026");
        assert_eq!(EN.day(date("2026-01-05")), "5\u{a0}January 2026");
        assert_eq!(RU.per_cent(decimal("12.50")), "12,5\u{a0}%");
        assert_eq!(EN.per_cent(decimal("15")), "15%");
        assert_eq!(RU.list([1, 2, 3]), "1, 2 и 3");
        assert_eq!(EN.list(1..=11), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 11");
        assert_eq!(RU.list(1..=12), "1, 2, 3, 4, 5, 6, 7, 8, 9, 10 и ещё 2");
        assert_eq!((RU.lines(&[7]), EN.lines(&[7, 8])), ("строка 7".to_owned(), "lines 7 and 8".to_owned()));
        assert_eq!(Figures { places: false, ..EN }.lines(&[7, 8]), "lines (2)");
    }
}
