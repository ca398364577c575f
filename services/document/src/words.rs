//! Amounts in words, as they stand on papers in Russian beside their digits.

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

const UNITS: [&str; 20] = [
    "",
    "один",
    "два",
    "три",
    "четыре",
    "пять",
    "шесть",
    "семь",
    "восемь",
    "девять",
    "десять",
    "одиннадцать",
    "двенадцать",
    "тринадцать",
    "четырнадцать",
    "пятнадцать",
    "шестнадцать",
    "семнадцать",
    "восемнадцать",
    "девятнадцать",
];
const TENS: [&str; 10] =
    ["", "", "двадцать", "тридцать", "сорок", "пятьдесят", "шестьдесят", "семьдесят", "восемьдесят", "девяносто"];
const HUNDREDS: [&str; 10] =
    ["", "сто", "двести", "триста", "четыреста", "пятьсот", "шестьсот", "семьсот", "восемьсот", "девятьсот"];
/// Thousands are feminine.
const POWERS: [(u64, Forms); 6] = [
    (1_000_000_000_000_000_000, ["квинтиллион", "квинтиллиона", "квинтиллионов"]),
    (1_000_000_000_000_000, ["квадриллион", "квадриллиона", "квадриллионов"]),
    (1_000_000_000_000, ["триллион", "триллиона", "триллионов"]),
    (1_000_000_000, ["миллиард", "миллиарда", "миллиардов"]),
    (1_000_000, ["миллион", "миллиона", "миллионов"]),
    (THOUSAND, ["тысяча", "тысячи", "тысяч"]),
];
const THOUSAND: u64 = 1_000;

/// A noun beside 1, beside 2, beside 5.
type Forms = [&'static str; 3];

/// `Одна тысяча двести тридцать четыре рубля 50 копеек`. A currency whose name is not known goes by its code. Parts of a kopeck
/// are rounded as in trade; digits beside the words have them.
pub fn amount(amount: Decimal, currency: &str) -> String {
    let rounded = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    let whole = rounded.abs().trunc();
    let hundredths = ((rounded.abs() - whole) * Decimal::ONE_HUNDRED).to_u64().unwrap_or_default();
    let (said, last) = match whole.to_u64() {
        Some(whole) => (integer(whole), whole),
        // Nobody writes such a number in words.
        None => (whole.to_string(), 0),
    };
    let minus = if rounded.is_sign_negative() && !rounded.is_zero() { "минус " } else { "" };
    let unit = match currency {
        "RUB" => {
            let rubles = form(last, ["рубль", "рубля", "рублей"]);
            let kopecks = form(hundredths, ["копейка", "копейки", "копеек"]);
            format!("{rubles} {hundredths:02} {kopecks}")
        }
        code => format!("{code} {hundredths:02}/100"),
    };
    capital(&format!("{minus}{said} {unit}"))
}

fn integer(number: u64) -> String {
    if number == 0 {
        return "ноль".to_owned();
    }
    let mut words: Vec<&str> = Vec::new();
    let mut rest = number;
    for (power, forms) in POWERS {
        let many = rest / power;
        rest %= power;
        if many > 0 {
            below_thousand(many, power == THOUSAND, &mut words);
            words.push(form(many, forms));
        }
    }
    below_thousand(rest, false, &mut words);
    words.join(" ")
}

fn below_thousand(number: u64, feminine: bool, words: &mut Vec<&'static str>) {
    let digit = |number: u64| usize::try_from(number).unwrap_or_default();
    let (hundreds, rest) = (digit(number / 100), digit(number % 100));
    let (tens, units) = if rest < UNITS.len() { (0, rest) } else { (rest / 10, rest % 10) };
    let units = match (units, feminine) {
        (1, true) => "одна",
        (2, true) => "две",
        (units, _) => UNITS[units],
    };
    words.extend([HUNDREDS[hundreds], TENS[tens], units].into_iter().filter(|word| !word.is_empty()));
}

/// The form of a noun beside a number.
fn form(number: u64, [one, few, many]: Forms) -> &'static str {
    match (number % 10, number % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        amount(text.parse().unwrap(), "RUB")
    }

    #[test]
    fn numbers_and_nouns_agree() {
        for (digits, words) in [
            ("0", "Ноль рублей 00 копеек"),
            ("1", "Один рубль 00 копеек"),
            ("2.01", "Два рубля 01 копейка"),
            ("5.22", "Пять рублей 22 копейки"),
            ("11.11", "Одиннадцать рублей 11 копеек"),
            ("14", "Четырнадцать рублей 00 копеек"),
            ("20", "Двадцать рублей 00 копеек"),
            ("21.91", "Двадцать один рубль 91 копейка"),
            ("100", "Сто рублей 00 копеек"),
            ("112", "Сто двенадцать рублей 00 копеек"),
            ("1000", "Одна тысяча рублей 00 копеек"),
            ("1234.5", "Одна тысяча двести тридцать четыре рубля 50 копеек"),
            ("2001", "Две тысячи один рубль 00 копеек"),
            ("11000", "Одиннадцать тысяч рублей 00 копеек"),
            ("21000", "Двадцать одна тысяча рублей 00 копеек"),
            ("342902", "Триста сорок две тысячи девятьсот два рубля 00 копеек"),
            ("1000001", "Один миллион один рубль 00 копеек"),
            ("2000000", "Два миллиона рублей 00 копеек"),
            ("5012000000", "Пять миллиардов двенадцать миллионов рублей 00 копеек"),
        ] {
            assert_eq!(said(digits), words, "{digits}");
        }
    }

    #[test]
    fn large_small_negative_and_foreign_amounts_are_said_as_well() {
        assert_eq!(said("-0.50"), "Минус ноль рублей 50 копеек");
        assert_eq!(said("-0.001"), "Ноль рублей 00 копеек");
        assert_eq!(said("0.005"), "Ноль рублей 01 копейка");
        assert_eq!(said("0.999"), "Один рубль 00 копеек");
        let most = said("18446744073709551615.99");
        assert!(most.starts_with("Восемнадцать квинтиллионов четыреста сорок шесть квадриллионов"), "{most}");
        assert!(most.ends_with("пятьсот пятьдесят одна тысяча шестьсот пятнадцать рублей 99 копеек"), "{most}");
        assert_eq!(said("18446744073709551616"), "18446744073709551616 рублей 00 копеек");
        assert_eq!(amount("22.05".parse().unwrap(), "EUR"), "Двадцать два EUR 05/100");
    }
}
