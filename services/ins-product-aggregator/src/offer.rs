//! What an insurer offers, the same for every protocol, and the rules an answer must meet to be believed.

use std::collections::HashSet;
use std::str::FromStr;

use iso_currency::Currency;
use jiff::civil::Date;
use polis_actors::poller::PollError;
use polis_proto::BUSINESS_LINES;
use rust_decimal::Decimal;

use crate::mapping::Unit;

/// A whole catalogue of one insurer.
pub type Catalogue = Vec<Offer>;

/// A product on offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The insurer's identifier.
    pub product_id: String,
    /// Line of business.
    pub line: String,
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
    /// The insurer's page about it.
    pub url: String,
    /// Its tariffs; none when it is priced on request.
    pub tariffs: Vec<OfferedTariff>,
}

/// A tariff on offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedTariff {
    /// The insurer's identifier within the product.
    pub tariff_id: String,
    /// Name.
    pub name: String,
    /// Amount and currency.
    pub premium: Premium,
    /// First day.
    pub valid_from: Option<Date>,
    /// Last day, included.
    pub valid_to: Option<Date>,
}

/// A price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Premium {
    /// Not negative.
    pub amount: Decimal,
    /// ISO 4217.
    pub currency: Currency,
}

/// Where a value came from, for errors.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// Which document.
    pub address: &'a str,
    /// Which product.
    pub product: &'a str,
}

impl Place<'_> {
    /// An error about a field of this product.
    pub fn error(&self, field: &'static str, what: impl Into<String>) -> PollError {
        PollError::Field {
            address: self.address.to_owned(),
            product: self.product.to_owned(),
            field,
            what: what.into(),
        }
    }
}

/// A currency by its code.
///
/// # Errors
/// One that ISO 4217 does not know.
pub fn currency(code: &str) -> Result<Currency, String> {
    Currency::from_code(&code.trim().to_uppercase()).ok_or_else(|| format!("{code:?} is not a currency of ISO 4217"))
}

/// An amount of money, with a decimal point, in whole units of its currency.
///
/// # Errors
/// What is wrong: no number, negative, or not what the unit counts.
pub fn amount(text: &str, unit: Unit, currency: Currency) -> Result<Decimal, String> {
    let decimal = Decimal::from_str(text.trim()).or_else(|_| Decimal::from_scientific(text.trim()));
    let amount = decimal.map_err(|_| format!("{text:?} is not an amount"))?.normalize();
    if amount.is_sign_negative() && !amount.is_zero() {
        return Err(format!("{amount} is negative"));
    }
    let amount = in_major_units(amount, unit, currency)?;
    if amount.scale() > 4 {
        return Err(format!("{amount} has more than four decimals"));
    }
    Ok(amount)
}

fn in_major_units(amount: Decimal, unit: Unit, currency: Currency) -> Result<Decimal, String> {
    match unit {
        Unit::Major => Ok(amount),
        Unit::Thousands => amount
            .checked_mul(Decimal::ONE_THOUSAND)
            .map(|amount| amount.normalize())
            .ok_or_else(|| format!("{amount} thousands are too many")),
        Unit::Minor if amount.scale() > 0 => {
            Err(format!("{amount} is not a whole number of the smallest unit of {}", currency.code()))
        }
        Unit::Minor => Decimal::try_from_i128_with_scale(amount.mantissa(), minor_digits(currency)?)
            .map(|amount| amount.normalize())
            .map_err(|_| format!("{amount} is too much")),
    }
}

/// How many digits of the currency are its smaller unit.
///
/// # Errors
/// A currency that has none, as gold.
pub fn minor_digits(currency: Currency) -> Result<u32, String> {
    let none = || format!("{} has no smaller unit that could be counted", currency.code());
    currency.exponent().map(u32::from).ok_or_else(none)
}

/// A line of business, as the contract of product events has them.
///
/// # Errors
/// One that buyers could not choose.
pub fn business_line(code: &str) -> Result<&'static str, String> {
    let known = BUSINESS_LINES.into_iter().find(|line| *line == code);
    known.ok_or_else(|| format!("{code:?} is not a line of business; ours are {}", BUSINESS_LINES.join(", ")))
}

/// A date, ISO 8601. Some insurers send the midnight with it; with any other time it is not known which day is meant.
pub fn day(text: &str) -> Option<Date> {
    let text = text.trim();
    let (date, time) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let clock = time.split(['Z', 'z', '+', '-']).next().unwrap_or_default();
    let is_midnight = clock.chars().all(|c| matches!(c, '0' | ':' | '.'));
    date.parse().ok().filter(|_| is_midnight)
}

const LONGEST_ID: usize = 200;

/// Rules that concern a catalogue as a whole: identifiers are there, sane, and unique. Answers every breach of them.
pub fn breaches(address: &str, catalogue: &[Offer]) -> Vec<PollError> {
    let mut breaches = Vec::new();
    let mut seen = HashSet::new();
    for offer in catalogue {
        let mut wrong = |field, what: &str| {
            breaches.push(Place { address, product: &offer.product_id }.error(field, what));
        };
        check_id(&offer.product_id).unwrap_or_else(|what| wrong("product_id", &what));
        if !seen.insert(&offer.product_id) {
            wrong("product_id", "is there twice");
        }
        if offer.name.trim().is_empty() {
            wrong("name", "is empty");
        }
        let mut tariffs = HashSet::new();
        for tariff in &offer.tariffs {
            let id = &tariff.tariff_id;
            check_id(id).unwrap_or_else(|what| wrong("tariff_id", &what));
            if !tariffs.insert(id) {
                wrong("tariff_id", &format!("{id} is there twice"));
            }
            if tariff.valid_from.zip(tariff.valid_to).is_some_and(|(from, to)| from > to) {
                wrong("valid_to", &format!("of tariff {id}: ends before it begins"));
            }
        }
    }
    breaches
}

fn check_id(id: &str) -> Result<(), String> {
    let sane = !id.is_empty() && id.len() <= LONGEST_ID && !id.contains(|c: char| c.is_control() || c == '/');
    let what = || format!("{id:?} is not an identifier: 1 to {LONGEST_ID} bytes, no slash, no control characters");
    if sane { Ok(()) } else { Err(what()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_amounts_in_known_currencies() {
        assert_eq!(currency("rub"), Ok(Currency::RUB));
        assert!(currency("ZZZ").unwrap_err().contains("ISO 4217"));
        let roubles = |text| amount(text, Unit::Major, Currency::RUB).map(|amount| amount.to_string());
        assert_eq!(roubles("1234.50").unwrap(), "1234.5");
        assert!(roubles("-1").unwrap_err().contains("negative"));
        assert!(roubles("a lot").unwrap_err().contains("not an amount"));
        assert!(roubles("1.00001").unwrap_err().contains("decimals"));
    }

    #[test]
    fn amounts_count_what_the_mapping_says() {
        let amount = |text, unit, currency| amount(text, unit, currency).map(|amount| amount.to_string());
        assert_eq!(amount("587050", Unit::Minor, Currency::RUB).unwrap(), "5870.5");
        assert_eq!(amount("5870", Unit::Minor, Currency::JPY).unwrap(), "5870");
        assert_eq!(amount("1.25", Unit::Thousands, Currency::RUB).unwrap(), "1250");
        assert!(amount("5.5", Unit::Minor, Currency::RUB).unwrap_err().contains("whole number"));
    }

    #[test]
    fn a_day_is_one_whatever_the_time_zone() {
        let written =
            ["2026-01-31", " 2026-01-31 ", "2026-01-31T00:00:00", "2026-01-31T00:00:00.000Z", "2026-01-31 00:00+03"];
        assert!(written.iter().all(|text| day(text) == Some(Date::constant(2026, 1, 31))));
        assert!(["2026-01-31T21:00:00Z", "2026-01-31 21:00", "31.01.2026", ""].iter().all(|text| day(text).is_none()));
    }

    #[test]
    fn identifiers_are_unique_and_sane_and_every_breach_is_named() {
        let offer = |id: &str| Offer {
            product_id: id.to_owned(),
            line: "travel".to_owned(),
            name: "Trip".to_owned(),
            description: String::new(),
            url: String::new(),
            tariffs: Vec::new(),
        };
        let fields = |catalogue: &[Offer]| breaches("x", catalogue).iter().map(PollError::field).collect::<Vec<_>>();
        assert_eq!(fields(&[offer("a"), offer("b")]), [""; 0]);
        assert_eq!(fields(&[offer("a/b")]), ["product_id"]);
        let nameless = Offer { name: " ".to_owned(), ..offer("") };
        assert_eq!(fields(&[offer("a"), offer("a"), nameless]), ["product_id", "product_id", "name"]);
        assert!(breaches("x", &[offer("a"), offer("a")])[0].to_string().contains("twice"));
    }
}
