//! How an insurer's JSON becomes offers: JSONPath (RFC 9535) from the configuration, no code.

use polis_actors::poller::PollError;
use serde::Deserialize;
use serde_json::Value;
use serde_json_path::JsonPath;
use thiserror::Error;

use crate::offer::{Offer, OfferedTariff, Place};

/// A path that cannot be used.
#[derive(Debug, Error)]
#[error("mapping of {field}: {path:?} is not a JSONPath: {reason}")]
pub struct MappingError {
    field: &'static str,
    path: String,
    reason: String,
}

/// Where a value is found.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Selector {
    /// A JSONPath, relative to the product or tariff.
    Path(String),
    /// The same for all: `{ value = "health" }`.
    Constant {
        /// It.
        value: String,
    },
}

/// Where the parts of a product are found.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Addresses of further documents in the first one; absent when the first one holds the products.
    pub documents: Option<String>,
    /// The products.
    pub products: String,
    /// Identifier.
    pub product_id: Selector,
    /// Name.
    pub name: Selector,
    /// Line of business.
    pub line: Selector,
    /// Description.
    pub description: Option<Selector>,
    /// Page about it.
    pub url: Option<Selector>,
    /// Its tariffs; absent when the insurer prices on request.
    pub tariffs: Option<TariffMapping>,
}

/// Where the parts of a tariff are found.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TariffMapping {
    /// The tariffs of a product.
    pub items: String,
    /// Identifier.
    pub tariff_id: Selector,
    /// Name.
    pub name: Option<Selector>,
    /// Amount.
    pub premium: Selector,
    /// Currency.
    pub currency: Selector,
    /// First day.
    pub valid_from: Option<Selector>,
    /// Last day.
    pub valid_to: Option<Selector>,
}

enum Finder {
    Path(JsonPath),
    Constant(String),
}

/// A mapping that is ready to use.
pub(crate) struct Mapper {
    documents: Option<JsonPath>,
    products: JsonPath,
    product_id: Finder,
    name: Finder,
    line: Finder,
    description: Option<Finder>,
    url: Option<Finder>,
    tariffs: Option<TariffMapper>,
}

struct TariffMapper {
    items: JsonPath,
    tariff_id: Finder,
    name: Option<Finder>,
    premium: Finder,
    currency: Finder,
    valid_from: Option<Finder>,
    valid_to: Option<Finder>,
}

fn path(field: &'static str, text: &str) -> Result<JsonPath, MappingError> {
    JsonPath::parse(text).map_err(|error| MappingError { field, path: text.to_owned(), reason: error.to_string() })
}

fn finder(field: &'static str, selector: &Selector) -> Result<Finder, MappingError> {
    match selector {
        Selector::Path(text) => Ok(Finder::Path(path(field, text)?)),
        Selector::Constant { value } => Ok(Finder::Constant(value.clone())),
    }
}

fn maybe(field: &'static str, selector: Option<&Selector>) -> Result<Option<Finder>, MappingError> {
    selector.map(|selector| finder(field, selector)).transpose()
}

impl Mapper {
    pub(crate) fn new(mapping: &Mapping) -> Result<Self, MappingError> {
        let tariffs = mapping.tariffs.as_ref().map(|tariff| {
            Ok(TariffMapper {
                items: path("tariffs.items", &tariff.items)?,
                tariff_id: finder("tariffs.tariff_id", &tariff.tariff_id)?,
                name: maybe("tariffs.name", tariff.name.as_ref())?,
                premium: finder("tariffs.premium", &tariff.premium)?,
                currency: finder("tariffs.currency", &tariff.currency)?,
                valid_from: maybe("tariffs.valid_from", tariff.valid_from.as_ref())?,
                valid_to: maybe("tariffs.valid_to", tariff.valid_to.as_ref())?,
            })
        });
        Ok(Self {
            documents: mapping.documents.as_deref().map(|text| path("documents", text)).transpose()?,
            products: path("products", &mapping.products)?,
            product_id: finder("product_id", &mapping.product_id)?,
            name: finder("name", &mapping.name)?,
            line: finder("line", &mapping.line)?,
            description: maybe("description", mapping.description.as_ref())?,
            url: maybe("url", mapping.url.as_ref())?,
            tariffs: tariffs.transpose()?,
        })
    }

    /// Addresses of further documents; none when the first one holds the products.
    pub(crate) fn documents(&self, address: &str, document: &Value) -> Result<Option<Vec<String>>, PollError> {
        let Some(path) = &self.documents else { return Ok(None) };
        let addresses: Vec<String> =
            path.query(document).all().into_iter().filter_map(Value::as_str).map(str::to_owned).collect();
        if addresses.is_empty() {
            let what = "the index names no documents".to_owned();
            return Err(PollError::Malformed { address: address.to_owned(), what });
        }
        Ok(Some(addresses))
    }

    /// The products of a document. Fields that the mapping does not name are ignored.
    pub(crate) fn offers(&self, address: &str, document: &Value) -> Result<Vec<Offer>, PollError> {
        let found = self.products.query(document).all();
        found.into_iter().enumerate().map(|(at, product)| self.offer(address, at, product)).collect()
    }

    fn offer(&self, address: &str, at: usize, product: &Value) -> Result<Offer, PollError> {
        let number = format!("number {}", at + 1);
        let unnamed = Place { address, product: &number };
        let product_id = self.product_id.required(&unnamed, "product_id", product)?;
        let place = Place { address, product: &product_id };
        let tariffs = match &self.tariffs {
            None => Vec::new(),
            Some(mapper) => mapper.tariffs(&place, product)?,
        };
        Ok(Offer {
            line: self.line.required(&place, "line", product)?,
            name: self.name.required(&place, "name", product)?,
            description: optional(self.description.as_ref(), &place, "description", product)?.unwrap_or_default(),
            url: optional(self.url.as_ref(), &place, "url", product)?.unwrap_or_default(),
            tariffs,
            product_id,
        })
    }
}

impl TariffMapper {
    fn tariffs(&self, place: &Place<'_>, product: &Value) -> Result<Vec<OfferedTariff>, PollError> {
        let items = self.items.query(product).all();
        if items.is_empty() {
            return Err(place.error("premium", "is missing: the product has no tariffs"));
        }
        items.into_iter().map(|item| self.tariff(place, item)).collect()
    }

    fn tariff(&self, place: &Place<'_>, item: &Value) -> Result<OfferedTariff, PollError> {
        let premium = self.premium.required(place, "premium", item)?;
        let currency = self.currency.required(place, "currency", item)?;
        let date = |finder: Option<&Finder>, field| {
            optional(finder, place, field, item)?.map(|text| place.date(field, &text)).transpose()
        };
        Ok(OfferedTariff {
            tariff_id: self.tariff_id.required(place, "tariff_id", item)?,
            name: optional(self.name.as_ref(), place, "tariff_name", item)?.unwrap_or_default(),
            premium: place.premium(&premium, &currency)?,
            valid_from: date(self.valid_from.as_ref(), "valid_from")?,
            valid_to: date(self.valid_to.as_ref(), "valid_to")?,
        })
    }
}

fn optional(
    finder: Option<&Finder>, place: &Place<'_>, field: &'static str, item: &Value,
) -> Result<Option<String>, PollError> {
    finder.map_or(Ok(None), |finder| finder.find(place, field, item))
}

impl Finder {
    fn find(&self, place: &Place<'_>, field: &'static str, item: &Value) -> Result<Option<String>, PollError> {
        let path = match self {
            Self::Constant(value) => return Ok(Some(value.clone())),
            Self::Path(path) => path,
        };
        match path.query(item).first() {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(other) => Err(place.error(field, format!("{other} is neither text nor a number"))),
        }
    }

    fn required(&self, place: &Place<'_>, field: &'static str, item: &Value) -> Result<String, PollError> {
        self.find(place, field, item)?.ok_or_else(|| place.error(field, "is missing"))
    }
}
