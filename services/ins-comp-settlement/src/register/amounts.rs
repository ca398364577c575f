//! Amounts of money, exactly: from the text of a file, from a number of JSON, from a cell of a workbook.

use rust_decimal::Decimal;

use super::config::{BoundsConfig, DecimalMark};
use super::reason::Reason;

/// How amounts are written and how large they may be.
#[derive(Clone, Debug)]
pub(super) struct Amounts {
    mark: char,
    group: char,
    currency: Vec<String>,
    most: Decimal,
    least: Decimal,
}

/// As many digits as a decimal holds whatever they are.
const MOST_DIGITS: u32 = 28;

/// Behind the mark. It leaves sixteen digits before it, so that sums of whole registers are exact.
const MOST_SCALE: u32 = 12;

impl Amounts {
    pub(super) fn new(mark: DecimalMark, currency: &[String], bounds: &BoundsConfig) -> Self {
        let (mark, group) = match mark {
            DecimalMark::Dot => ('.', ','),
            DecimalMark::Comma => (',', '.'),
        };
        let mut currency = currency.to_vec();
        // The longest first, so that "руб." is not taken for "руб" with a dot behind it.
        currency.sort_by_key(|mark| std::cmp::Reverse(mark.len()));
        let least = if bounds.negative { -bounds.amount } else { Decimal::ZERO };
        Self { mark, group, currency, most: bounds.amount, least }
    }

    /// The same for sums of lines, of which no bound is known.
    pub(super) fn for_sums(&self) -> Self {
        Self { most: Decimal::MAX, least: Decimal::MIN, ..self.clone() }
    }

    /// An amount as people write it: `1 234,50`, `(12,00)`, `1234,5-`, with any kind of space between thousands.
    pub(super) fn text(&self, text: &str) -> Result<Decimal, Reason> {
        let no_amount = || Reason::NoAmount { text: text.to_owned(), mark: self.mark };
        let mut rest = text.trim();
        if !rest.ends_with(|last: char| last.is_ascii_digit())
            && let Some(without) = self.currency.iter().find_map(|mark| rest.strip_suffix(mark.as_str()))
        {
            rest = without.trim_end();
        }
        let signs = [
            rest.strip_prefix(['-', '\u{2212}']),
            rest.strip_suffix(['-', '\u{2212}']),
            rest.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')),
        ];
        let unsigned = signs.into_iter().flatten().next();
        let mut amount = self.unsigned(unsigned.unwrap_or(rest).trim()).ok_or_else(no_amount)?;
        amount.set_sign_negative(unsigned.is_some() && !amount.is_zero());
        self.bounded(amount)
    }

    /// Digits, groups of three, one mark with digits behind it. 1.234 with a decimal comma is one thousand, and 1.23 is
    /// a mistake that must not become a hundred and twenty-three.
    fn unsigned(&self, text: &str) -> Option<Decimal> {
        let (mut digits, mut value, mut scale) = (0_u32, 0_i128, 0_u32);
        // Digits since the last separator, and which separator it was.
        let (mut run, mut separator, mut fraction) = (0_u32, None, false);
        for letter in text.chars() {
            if let Some(digit) = letter.to_digit(10) {
                value = value * 10 + i128::from(digit);
                digits += 1;
                run += 1;
                scale += u32::from(fraction);
                if digits > MOST_DIGITS {
                    return None;
                }
            } else if letter == self.mark && !fraction && closes(run, separator) {
                (fraction, run) = (true, 0);
            } else if !fraction
                && (letter == self.group || letter == '\'' || letter == '\u{2019}' || letter.is_whitespace())
                && separator.is_none_or(|separator| separator == letter)
                && (1..=3).contains(&run)
                && closes(run, separator)
            {
                (separator, run) = (Some(letter), 0);
            } else {
                return None;
            }
        }
        let whole = if fraction { run > 0 } else { closes(run, separator) };
        whole.then(|| Decimal::from_i128_with_scale(value, scale))
    }

    /// A number of JSON as it is written.
    pub(super) fn literal(&self, text: &str) -> Result<Decimal, Reason> {
        let read =
            if text.contains(['e', 'E']) { Decimal::from_scientific(text) } else { Decimal::from_str_exact(text) };
        self.bounded(read.map_err(|_| Reason::LongAmount(text.to_owned()))?)
    }

    /// A number cell. A workbook keeps a binary fraction, 0.1 + 0.2 as 0.30000000000000004; what Excel shows, and the
    /// bookkeeper means, are its first fifteen significant digits. Of a remainder such as 5.8E-11, which a difference of
    /// such fractions leaves in place of nothing, nothing is left.
    pub(super) fn number(&self, number: f64) -> Result<Decimal, Reason> {
        let shown = shown(number).ok_or_else(|| Reason::NoNumber(number.to_string()))?;
        self.bounded(shown.round_dp(MOST_SCALE).normalize())
    }

    fn bounded(&self, amount: Decimal) -> Result<Decimal, Reason> {
        if amount.scale() > MOST_SCALE {
            return Err(Reason::FineAmount { amount, most: MOST_SCALE });
        }
        if amount > self.most {
            return Err(Reason::TooMuch { amount, most: self.most });
        }
        if amount < self.least {
            let least = self.least;
            return Err(if least.is_zero() { Reason::Negative(amount) } else { Reason::TooLittle { amount, least } });
        }
        Ok(amount)
    }
}

fn closes(run: u32, separator: Option<char>) -> bool {
    match separator {
        Some(_) => run == 3,
        None => run > 0,
    }
}

/// The fifteen significant digits that Excel shows of a number.
pub(super) fn shown(number: f64) -> Option<Decimal> {
    if !number.is_finite() {
        return None;
    }
    Decimal::from_scientific(&format!("{number:.14e}")).ok().map(|shown| shown.normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amounts(mark: DecimalMark, negative: bool) -> Amounts {
        let bounds = BoundsConfig { amount: Decimal::from(1_000_000), negative, ..BoundsConfig::default() };
        Amounts::new(mark, &["руб".to_owned(), "руб.".to_owned(), "₽".to_owned()], &bounds)
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let (comma, dot) = (amounts(DecimalMark::Comma, true), amounts(DecimalMark::Dot, true));
        let cases = [
            (&comma, "1 234,50", "1234.50"),
            (&comma, "1\u{a0}234,5", "1234.5"),
            (&comma, "12\u{202f}345", "12345"),
            (&comma, "1.234,00", "1234.00"),
            (&comma, " 7 ", "7"),
            (&comma, "(12,00)", "-12.00"),
            (&comma, "12,00-", "-12.00"),
            (&comma, "\u{2212}3", "-3"),
            (&comma, "-0,00", "0.00"),
            (&comma, "1 000,10 руб.", "1000.10"),
            (&comma, "5₽", "5"),
            (&dot, "1,234.50", "1234.50"),
            (&dot, "1'234.50", "1234.50"),
            (&dot, "0.1", "0.1"),
        ];
        for (amounts, text, expected) in cases {
            assert_eq!(amounts.text(text).map(|amount| amount.to_string()).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_not_guessed() {
        let comma = amounts(DecimalMark::Comma, false);
        for text in
            ["", "1234.50", "1.23", "12 34", "1 2345", "1,2,3", ",5", "5,", "1 234.567,0", "100 USD", "--1", "1e3"]
        {
            assert!(comma.text(text).unwrap_err().to_string().contains("is not an amount"), "{text}");
        }
        assert!(comma.text("-1").unwrap_err().to_string().contains("negative"));
        assert!(comma.text("1 000 000,01").unwrap_err().to_string().contains("more than 1000000"));
        assert!(comma.text(&"9".repeat(60)).is_err());
        assert!(
            amounts(DecimalMark::Comma, true)
                .text("-1 000 001")
                .unwrap_err()
                .to_string()
                .contains("less than -1000000")
        );
    }

    #[test]
    fn numbers_are_what_their_reader_sees() {
        let amounts = amounts(DecimalMark::Comma, true);
        assert_eq!(amounts.literal("1234.50").unwrap().to_string(), "1234.50");
        assert_eq!(amounts.literal("12e2").unwrap(), Decimal::from(1200));
        assert_eq!(amounts.literal("1234.567890123456").unwrap().to_string(), "1234.567890123456");
        assert!(amounts.literal("1234.5678901234567").is_err());
        assert!(amounts.literal("0.12345678901234567890123456789").is_err());
        for (number, expected) in [
            (0.1 + 0.2, "0.3"),
            (1234.5, "1234.5"),
            (100.0, "100"),
            (-0.01, "-0.01"),
            (0.0, "0"),
            (999_999.99, "999999.99"),
            (5.8e-13, "0.000000000001"),
            (5.8e-14, "0"),
        ] {
            assert_eq!(amounts.number(number).unwrap().to_string(), expected);
        }
        assert!(amounts.number(f64::NAN).is_err() && amounts.number(1e300).is_err());
    }
}
