//! The tariffs of a product: of its own fields, of items within it, of another document.

use std::collections::HashMap;
use std::ops::Range;

use super::config::{Short, TariffMapping, Unit};
use super::items::{Item, ItemPath};
use super::mapper::Mapper;
use super::path::{Node, Path};
use super::reading::{Matched, Noted, Reading};
use super::selector::{Amounts, Days, Selector, Texts};
use super::{Fault, MappingError};
use crate::insurer::Origin;
use crate::offer::{OfferedTariff, Premium, amount, currency, minor_digits};

/// Where the tariffs of a product are.
#[derive(Debug)]
pub(super) struct Tariffs {
    items: Option<Path>,
    pub(super) joined: Option<Joined>,
    skip_unpriced: bool,
    tariff_id: Texts,
    name: Option<Texts>,
    premium: Amounts,
    currency: Texts,
    valid_from: Option<Days>,
    valid_to: Option<Days>,
}

/// Items of another document.
#[derive(Debug)]
pub(super) struct Joined {
    pub(super) document: String,
    pub(super) items: ItemPath,
    pub(super) product_id: Texts,
    at: Range<usize>,
    written: String,
}

impl Tariffs {
    /// Of products that stand in so many others.
    pub(super) fn new(
        mapping: &TariffMapping, documents: &[&str], depth: usize, origin: &Origin,
    ) -> Result<Self, MappingError> {
        let joined = mapping.document.as_ref().map(|joined| {
            let document = joined.name.get_ref().clone();
            if !documents.contains(&document.as_str()) {
                return Err(MappingError { at: joined.name.span(), fault: Fault::NoDocument { name: document } });
            }
            let items = ItemPath::new(&joined.items, origin)?;
            let (at, Short(of)) = (joined.product_id.span(), joined.product_id.get_ref());
            let written = of.path.clone().or_else(|| of.value.clone()).unwrap_or_default();
            Ok(Joined { document, items, product_id: Texts::new(&joined.product_id, 0)?, at, written })
        });
        let depth = depth + usize::from(mapping.document.is_some()) + usize::from(mapping.items.is_some());
        let currencies = Texts::new(&mapping.currency, depth)?;
        let Short(premium) = mapping.premium.get_ref();
        for code in currencies.ours() {
            let wrong = |at| move |what| MappingError { at, fault: Fault::NotOurs { what } };
            let currency = currency(code).map_err(wrong(mapping.currency.span()))?;
            if premium.unit == Unit::Minor {
                minor_digits(currency).map_err(wrong(mapping.premium.span()))?;
            }
        }
        Ok(Self {
            items: mapping.items.as_ref().map(Path::to_items).transpose()?,
            joined: joined.transpose()?,
            skip_unpriced: mapping.skip_unpriced,
            tariff_id: Texts::new(&mapping.tariff_id, depth)?,
            name: mapping.name.as_ref().map(|key| Texts::new(key, depth)).transpose()?,
            premium: Amounts::new(&mapping.premium, depth)?,
            currency: currencies,
            valid_from: mapping.valid_from.as_ref().map(|key| Days::new(key, depth)).transpose()?,
            valid_to: mapping.valid_to.as_ref().map(|key| Days::new(key, depth)).transpose()?,
        })
    }

    /// The mistakes in the mapping, if nothing was found in the whole answer. Where there were no items, nothing is said
    /// about the paths within them.
    pub(super) fn unmatched(&self, matched: &Matched) -> Vec<MappingError> {
        if let Some(joined) = self.joined.as_ref().filter(|joined| !matched.has(&joined.at)) {
            let fault = Fault::NobodysItems { path: joined.written.clone(), document: joined.document.clone() };
            return vec![MappingError { at: joined.at.clone(), fault }];
        }
        match self.items.as_ref().and_then(|items| items.unmatched(matched)) {
            Some(error) => vec![error],
            None => self.selectors().filter_map(|selector| selector.unmatched(matched)).collect(),
        }
    }

    fn selectors(&self) -> impl Iterator<Item = &dyn Selector> {
        let all: [Option<&dyn Selector>; 6] = [
            Some(&self.tariff_id),
            self.name.as_ref().map(|s| s as _),
            Some(&self.premium),
            Some(&self.currency),
            self.valid_from.as_ref().map(|s| s as _),
            self.valid_to.as_ref().map(|s| s as _),
        ];
        all.into_iter().flatten()
    }

    fn tariff(&self, reading: &mut Reading<'_>, item: &Node<'_>) -> Result<Option<OfferedTariff>, Noted> {
        // All of it is looked for before anything is missed, so that each path shows whether it matches.
        let tariff_id = self.tariff_id.find(reading, "tariff_id", item);
        reading.tariff = tariff_id.clone().ok().flatten();
        let premium = self.premium.find(reading, item);
        let code = self.currency.find(reading, "currency", item);
        let name = maybe(self.name.as_ref(), |name| name.find(reading, "tariff_name", item));
        let valid_from = maybe(self.valid_from.as_ref(), |days| days.find(reading, "valid_from", item));
        let valid_to = maybe(self.valid_to.as_ref(), |days| days.find(reading, "valid_to", item));
        if self.skip_unpriced && premium == Ok(None) {
            reading.tariff = None;
            return Ok(None);
        }
        let premium = premium.and_then(|found| reading.required("premium", found));
        let code = code.and_then(|found| reading.required("currency", found));
        let currency = code.and_then(|code| currency(&code).map_err(|what| reading.wrong("currency", what)));
        let amount = premium
            .and_then(|(text, unit)| amount(&text, unit, currency?).map_err(|what| reading.wrong("premium", what)));
        reading.tariff = None;
        let tariff_id = tariff_id.and_then(|found| reading.required("tariff_id", found));
        Ok(Some(OfferedTariff {
            tariff_id: tariff_id?,
            name: name?.unwrap_or_default(),
            premium: Premium { amount: amount?, currency: currency? },
            valid_from: valid_from?,
            valid_to: valid_to?,
        }))
    }
}

pub(super) fn maybe<S, T>(
    selector: Option<&S>, find: impl FnOnce(&S) -> Result<Option<T>, Noted>,
) -> Result<Option<T>, Noted> {
    selector.map_or(Ok(None), find)
}

/// What another document says of products.
#[derive(Debug)]
pub(super) struct JoinedDocument {
    /// Where it is.
    address: String,
    /// By product.
    pub(super) items: HashMap<String, Vec<Item>>,
}

impl JoinedDocument {
    pub(super) fn at(address: &str) -> Self {
        Self { address: address.to_owned(), items: HashMap::new() }
    }
}

/// By the name of the document.
pub(super) type JoinedItems<'m> = HashMap<&'m str, JoinedDocument>;

/// The tariffs of a product.
pub(super) fn tariffs<'a>(
    mapper: &Mapper, joined: &'a JoinedItems<'_>, reading: &mut Reading<'a>, item: &Node<'_>,
) -> Result<Vec<OfferedTariff>, Noted> {
    let (mut all, mut broken) = (Vec::new(), None);
    let product = reading.place;
    for mapping in &mapper.tariffs {
        let roots: Vec<Node<'_>> = match &mapping.joined {
            None => vec![*item],
            Some(of) => {
                let document = joined.get(of.document.as_str());
                reading.place.address = document.map_or(product.address, |document| &document.address);
                let of_product = document.and_then(|document| document.items.get(product.product));
                if of_product.is_some() {
                    reading.notes.matched.note(&of.at);
                }
                of_product.into_iter().flatten().map(|of| item.joined(of)).collect()
            }
        };
        for root in &roots {
            let matched = &mut reading.notes.matched;
            let items = mapping.items.as_ref().map_or_else(|| vec![*root], |path| path.items(matched, root));
            for item in &items {
                match mapping.tariff(reading, item) {
                    Ok(tariff) => all.extend(tariff),
                    Err(noted) => broken = Some(noted),
                }
            }
        }
        reading.place = product;
    }
    match broken {
        Some(noted) => Err(noted),
        None if all.is_empty() && !mapper.tariffs.is_empty() => {
            Err(reading.wrong("premium", "is missing: the product has no tariffs"))
        }
        None => Ok(all),
    }
}
