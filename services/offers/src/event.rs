//! A product event, decoded and checked: what the tables take.

use jiff::Timestamp;
use jiff::civil::Date;
use polis_proto::catalogue::v1::{Product, ProductEvent, Tariff};
use polis_proto::{Envelope, date, timestamp};
use prost::Message;
use rust_decimal::Decimal;

use super::Price;

/// CloudEvents type of product events.
const KIND: &str = "polis.catalogue.v1.ProductEvent";

/// A product after a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductState {
    /// Insurer.
    pub insurer_id: String,
    /// Product within the insurer.
    pub product_id: String,
    /// Name of the insurer.
    pub insurer_name: String,
    /// Grows with each change.
    pub revision: i64,
    /// Line of business.
    pub line: String,
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
    /// The insurer's page about it.
    pub url: String,
    /// Not on offer any more.
    pub withdrawn: bool,
    /// When the change was seen.
    pub changed_at: Timestamp,
    /// Versions of its tariffs.
    pub tariffs: Vec<TariffState>,
}

/// A version of a tariff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TariffState {
    /// Tariff within the product.
    pub tariff_id: String,
    /// Grows with each change.
    pub version: i64,
    /// Name.
    pub name: String,
    /// None when priced on request.
    pub price: Option<Price>,
    /// First day.
    pub valid_from: Option<Date>,
    /// Last day, included.
    pub valid_to: Option<Date>,
    /// When it became known.
    pub known_from: Timestamp,
    /// When it was superseded.
    pub known_to: Option<Timestamp>,
}

impl ProductState {
    /// From the payload of an event.
    ///
    /// # Errors
    /// What is wrong with it, for the dead letter.
    pub fn decode(envelope: &Envelope) -> Result<Self, String> {
        if envelope.kind != KIND {
            return Err(format!("type {:?} is not {KIND}", envelope.kind));
        }
        let event = ProductEvent::decode(&*envelope.data).map_err(|error| format!("not a {KIND}: {error}"))?;
        let product = event.product.ok_or("the event has no product")?;
        let changed_at = event.observed_at.as_ref().map_or(Ok(envelope.time), timestamp::from_wire);
        Self::checked(product, changed_at.map_err(|error| format!("observed_at: {error}"))?)
    }

    fn checked(product: Product, changed_at: Timestamp) -> Result<Self, String> {
        for (field, text) in [("insurer_id", &product.insurer_id), ("product_id", &product.product_id)] {
            if text.is_empty() {
                return Err(format!("{field} is empty"));
            }
        }
        if product.revision < 1 {
            return Err(format!("revision {} is below 1", product.revision));
        }
        let tariffs: Result<Vec<_>, String> = product.tariffs.into_iter().map(tariff).collect();
        let tariffs = tariffs?;
        let mut seen = std::collections::HashSet::new();
        if let Some(twice) = tariffs.iter().find(|t| !seen.insert((&t.tariff_id, t.version))) {
            return Err(format!("tariff {} version {} is there twice", twice.tariff_id, twice.version));
        }
        Ok(Self {
            insurer_id: product.insurer_id,
            product_id: product.product_id,
            insurer_name: product.insurer_name,
            revision: product.revision,
            line: product.line,
            name: product.name,
            description: product.description,
            url: product.url,
            withdrawn: product.withdrawn,
            changed_at,
            tariffs,
        })
    }

    /// The lowest current premium, for lists.
    pub fn lowest(&self) -> Option<&Price> {
        let current = self.tariffs.iter().filter(|tariff| tariff.known_to.is_none());
        current.filter_map(|tariff| tariff.price.as_ref()).min_by_key(|price| price.amount)
    }
}

fn tariff(tariff: Tariff) -> Result<TariffState, String> {
    let id = tariff.tariff_id;
    let wrong = |field: &str, error: &dyn std::fmt::Display| format!("tariffs[{id}].{field}: {error}");
    let price = tariff.premium.as_ref().map(|money| {
        let amount: Decimal = money.amount().map_err(|error| wrong("premium", &error))?;
        Ok::<_, String>(Price { amount, currency: money.currency_code.clone() })
    });
    let day = |field, wire: Option<polis_proto::google_type::Date>| {
        wire.map(|wire| date(&wire).map_err(|error| wrong(field, &error))).transpose()
    };
    let time = |field, wire: Option<_>| {
        wire.map(|wire| timestamp::from_wire(&wire).map_err(|error| wrong(field, &error))).transpose()
    };
    Ok(TariffState {
        price: price.transpose()?,
        valid_from: day("valid_from", tariff.valid_from)?,
        valid_to: day("valid_to", tariff.valid_to)?,
        known_from: time("known_from", tariff.known_from)?.ok_or_else(|| wrong("known_from", &"is missing"))?,
        known_to: time("known_to", tariff.known_to)?,
        version: tariff.version,
        name: tariff.name,
        tariff_id: id,
    })
}
