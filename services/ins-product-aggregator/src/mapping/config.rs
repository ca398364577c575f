//! The mapping as it is written: which of an insurer's fields is which of ours.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

/// Where the parts of a product are found.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// What the products stand in, when its fields are needed: names from the root, `$.programs[*]`.
    pub within: Option<Spanned<String>>,
    /// The products of a document: names from its root, `$.catalogue.products[*]`. JSONPath from what they stand in when
    /// there is `within`.
    pub products: Spanned<String>,
    /// Several items with one identifier are one product, each with its own tariffs; otherwise that is an error.
    #[serde(default)]
    pub merge: bool,
    /// Identifier.
    pub product_id: Key<Text>,
    /// Name.
    pub name: Key<Text>,
    /// Line of business.
    pub line: Key<Text>,
    /// Description.
    pub description: Option<Key<Text>>,
    /// Page about it.
    pub url: Option<Key<Text>>,
    /// Its tariffs; none when the insurer prices on request.
    #[serde(default)]
    pub tariffs: Vec<TariffMapping>,
}

/// Where the parts of a tariff are found. With several of these, each one adds its tariffs to the product.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TariffMapping {
    /// The tariffs within the product, JSONPath (RFC 9535); absent when the product's own fields are the tariff.
    pub items: Option<Spanned<String>>,
    /// They are in another document.
    pub document: Option<Joined>,
    /// An item without a premium is no tariff; otherwise that is an error.
    #[serde(default)]
    pub skip_unpriced: bool,
    /// Identifier.
    pub tariff_id: Key<Text>,
    /// Name.
    pub name: Option<Key<Text>>,
    /// Amount.
    pub premium: Key<Amount>,
    /// Currency, ISO 4217.
    pub currency: Key<Text>,
    /// First day.
    pub valid_from: Option<Key<Day>>,
    /// Last day, included.
    pub valid_to: Option<Key<Day>>,
}

/// Items of another document that belong to a product.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Joined {
    /// Which document: its key under `documents` of the protocol.
    pub name: Spanned<String>,
    /// Its items: names from its root.
    pub items: Spanned<String>,
    /// Identifier of the product an item belongs to.
    pub product_id: Key<Text>,
}

/// A value with its place in the file, for errors.
pub type Key<T> = Spanned<Short<T>>;

/// Either a path alone, `"$.id"`, or a table with more.
#[derive(Clone, Debug)]
pub struct Short<T>(pub T);

/// What a path alone becomes.
pub trait FromPath {
    /// With this path and nothing else.
    fn from_path(path: String) -> Self;
}

/// A text.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// JSONPath within the item; with `^` in place of `$` within what the item stands in; `~` for its name there.
    pub path: Option<String>,
    /// The same for all items.
    pub value: Option<String>,
    /// Ours by the insurer's.
    #[serde(default)]
    pub codes: BTreeMap<String, String>,
    /// Where the item has none, or one that `codes` lacks.
    pub default: Option<String>,
    /// It may be absent from all items.
    #[serde(default)]
    pub optional: bool,
}

/// An amount of money.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// As that of a text.
    pub path: String,
    /// Between roubles and kopecks.
    #[serde(default)]
    pub decimal: DecimalMark,
    /// What is counted.
    #[serde(default)]
    pub unit: Unit,
}

/// Between whole units and fractions.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum DecimalMark {
    /// 1,234.50
    #[default]
    Point,
    /// 1 234,50
    Comma,
}

/// What an amount counts.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Roubles.
    #[default]
    Major,
    /// Kopecks: whole numbers of the currency's smallest unit.
    Minor,
    /// Thousands of roubles.
    Thousands,
}

/// A date.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// As that of a text.
    pub path: String,
    /// As in strftime, `%d.%m.%Y`; ISO 8601 when absent.
    pub format: Option<String>,
    /// Where it is that day, when the insurer sends an instant.
    pub time_zone: Option<String>,
    /// It may be absent from all items.
    #[serde(default)]
    pub optional: bool,
}

impl FromPath for Text {
    fn from_path(path: String) -> Self {
        Self { path: Some(path), ..Self::default() }
    }
}

impl FromPath for Amount {
    fn from_path(path: String) -> Self {
        Self { path, ..Self::default() }
    }
}

impl FromPath for Day {
    fn from_path(path: String) -> Self {
        Self { path, ..Self::default() }
    }
}

impl<'de, T: FromPath + Deserialize<'de>> Deserialize<'de> for Short<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PathOrTable<T>(PhantomData<T>);

        impl<'de, T: FromPath + Deserialize<'de>> Visitor<'de> for PathOrTable<T> {
            type Value = Short<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path in quotes, or a table")
            }

            fn visit_str<E>(self, path: &str) -> Result<Short<T>, E> {
                Ok(Short(T::from_path(path.to_owned())))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Short<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Short)
            }
        }

        deserializer.deserialize_any(PathOrTable(PhantomData))
    }
}
