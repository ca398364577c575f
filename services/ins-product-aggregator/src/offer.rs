//! What an insurer offers, the same for every protocol, and the rules an answer must meet to be believed.

use std::collections::HashSet;
use std::str::FromStr;

use iso_currency::Currency;
use jiff::civil::Date;
use polis_actors::poller::PollError;
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

    /// A price from its texts.
    ///
    /// # Errors
    /// Names the field: an amount that is no number or negative, a currency that ISO 4217 does not know.
    pub fn premium(&self, amount: &str, unit: Unit, currency: &str) -> Result<Premium, PollError> {
        let decimal = Decimal::from_str(amount.trim()).or_else(|_| Decimal::from_scientific(amount.trim()));
        let amount = decimal.map_err(|_| self.error("premium", format!("{amount:?} is not an amount")))?.normalize();
        if amount.is_sign_negative() && !amount.is_zero() {
            return Err(self.error("premium", format!("{amount} is negative")));
        }
        let code = currency.trim().to_uppercase();
        let currency = Currency::from_code(&code)
            .ok_or_else(|| self.error("currency", format!("{currency:?} is not a currency of ISO 4217")))?;
        let amount = self.in_major_units(amount, unit, currency)?;
        if amount.scale() > 4 {
            return Err(self.error("premium", format!("{amount} has more than four decimals")));
        }
        Ok(Premium { amount, currency })
    }

    fn in_major_units(&self, amount: Decimal, unit: Unit, currency: Currency) -> Result<Decimal, PollError> {
        match unit {
            Unit::Major => Ok(amount),
            Unit::Thousands => amount
                .checked_mul(Decimal::ONE_THOUSAND)
                .map(|amount| amount.normalize())
                .ok_or_else(|| self.error("premium", format!("{amount} thousands are too many"))),
            Unit::Minor if amount.scale() > 0 => {
                let what = format!("{amount} is not a whole number of the smallest unit of {}", currency.code());
                Err(self.error("premium", what))
            }
            Unit::Minor => {
                let decimals = currency.exponent().ok_or_else(|| {
                    self.error("premium", format!("{} has no smaller unit that could be counted", currency.code()))
                })?;
                Decimal::try_from_i128_with_scale(amount.mantissa(), u32::from(decimals))
                    .map(|amount| amount.normalize())
                    .map_err(|_| self.error("premium", format!("{amount} is too much")))
            }
        }
    }

    /// A date, ISO 8601.
    ///
    /// # Errors
    /// Names the field.
    pub fn date(&self, field: &'static str, text: &str) -> Result<Date, PollError> {
        // Some insurers send the midnight with it.
        let day = text.trim().split('T').next().unwrap_or_default();
        day.parse().map_err(|_| self.error(field, format!("{text:?} is not a date; expected 2026-01-31")))
    }
}

const LONGEST_ID: usize = 200;

/// Rules that concern a catalogue as a whole: identifiers are there, sane, and unique.
///
/// # Errors
/// The first product that breaks one.
pub fn check(address: &str, catalogue: &[Offer]) -> Result<(), PollError> {
    let mut seen = HashSet::new();
    for offer in catalogue {
        let place = Place { address, product: &offer.product_id };
        check_id(&place, "product_id", &offer.product_id)?;
        if !seen.insert(&offer.product_id) {
            return Err(place.error("product_id", "is there twice"));
        }
        if offer.name.trim().is_empty() {
            return Err(place.error("name", "is empty"));
        }
        let mut tariffs = HashSet::new();
        for tariff in &offer.tariffs {
            check_id(&place, "tariff_id", &tariff.tariff_id)?;
            if !tariffs.insert(&tariff.tariff_id) {
                return Err(place.error("tariff_id", format!("{} is there twice", tariff.tariff_id)));
            }
            if tariff.valid_from.zip(tariff.valid_to).is_some_and(|(from, to)| from > to) {
                return Err(place.error("valid_to", format!("tariff {} ends before it begins", tariff.tariff_id)));
            }
        }
    }
    Ok(())
}

fn check_id(place: &Place<'_>, field: &'static str, id: &str) -> Result<(), PollError> {
    let sane = !id.is_empty() && id.len() <= LONGEST_ID && !id.contains(|c: char| c.is_control() || c == '/');
    let what = format!("{id:?} is not an identifier: 1 to {LONGEST_ID} bytes, no slash, no control characters");
    if sane { Ok(()) } else { Err(place.error(field, what)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place<'static> {
        Place { address: "http://insurer.test/products", product: "p1" }
    }

    fn field(result: Result<impl std::fmt::Debug, PollError>) -> (&'static str, String) {
        let error = result.unwrap_err();
        (error.field(), error.to_string())
    }

    #[test]
    fn prices_are_amounts_in_known_currencies() {
        let premium = place().premium("1234.50", Unit::Major, "rub").unwrap();
        assert_eq!((premium.amount.to_string().as_str(), premium.currency), ("1234.5", Currency::RUB));
        assert_eq!(field(place().premium("-1", Unit::Major, "RUB")).0, "premium");
        assert_eq!(field(place().premium("a lot", Unit::Major, "RUB")).0, "premium");
        assert_eq!(field(place().premium("1", Unit::Major, "ZZZ")).0, "currency");
        assert!(field(place().premium("1.00001", Unit::Major, "RUB")).1.contains("decimals"));
    }

    #[test]
    fn amounts_count_what_the_mapping_says() {
        let amount = |text, unit, currency| place().premium(text, unit, currency).map(|p| p.amount.to_string());
        assert_eq!(amount("587050", Unit::Minor, "RUB").unwrap(), "5870.5");
        assert_eq!(amount("5870", Unit::Minor, "JPY").unwrap(), "5870");
        assert_eq!(amount("1.25", Unit::Thousands, "RUB").unwrap(), "1250");
        assert!(field(amount("5.5", Unit::Minor, "RUB")).1.contains("whole number"));
    }

    #[test]
    fn identifiers_are_unique_and_sane() {
        let offer = |id: &str| Offer {
            product_id: id.to_owned(),
            line: "travel".to_owned(),
            name: "Trip".to_owned(),
            description: String::new(),
            url: String::new(),
            tariffs: Vec::new(),
        };
        check("x", &[offer("a"), offer("b")]).unwrap();
        assert!(field(check("x", &[offer("a"), offer("a")])).1.contains("twice"));
        assert_eq!(field(check("x", &[offer("a/b")])).0, "product_id");
        assert_eq!(field(check("x", &[offer("")])).0, "product_id");
    }
}
