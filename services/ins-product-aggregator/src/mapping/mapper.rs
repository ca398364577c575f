//! A mapping that is ready to use, and the catalogue it builds item by item.

use std::collections::HashMap;
use std::sync::Arc;

use polis_actors::poller::PollError;
use serde_json::Value;

use super::config::{Mapping, TariffMapping};
use super::findings::Findings;
use super::items::ItemPath;
use super::selector::{Amounts, Days, Path, Selector, Texts, path};
use super::{Fault, MappingError};
use crate::insurer::Origin;
use crate::offer::{Catalogue, Offer, OfferedTariff, Place, check};

/// A mapping that is ready to use.
#[derive(Debug)]
pub struct Mapper {
    origin: Arc<Origin>,
    findings: Option<Arc<Findings>>,
    pub(crate) products: ItemPath,
    merge: bool,
    product_id: Texts,
    name: Texts,
    line: Texts,
    description: Option<Texts>,
    url: Option<Texts>,
    tariffs: Vec<Tariffs>,
}

#[derive(Debug)]
struct Tariffs {
    items: Option<Path>,
    joined: Option<Joined>,
    skip_unpriced: bool,
    tariff_id: Texts,
    name: Option<Texts>,
    premium: Amounts,
    currency: Texts,
    valid_from: Option<Days>,
    valid_to: Option<Days>,
}

#[derive(Debug)]
struct Joined {
    document: String,
    items: ItemPath,
    product_id: Texts,
}

impl Mapper {
    /// A mapping of a protocol that fetches these further documents.
    ///
    /// # Errors
    /// The first key that cannot be used.
    pub fn new(
        mapping: &Mapping, documents: &[&str], origin: Arc<Origin>, findings: Option<Arc<Findings>>,
    ) -> Result<Self, MappingError> {
        Ok(Self {
            origin,
            findings,
            products: ItemPath::new(&mapping.products)?,
            merge: mapping.merge,
            product_id: Texts::new(&mapping.product_id)?,
            name: Texts::new(&mapping.name)?,
            line: Texts::new(&mapping.line)?,
            description: mapping.description.as_ref().map(Texts::new).transpose()?,
            url: mapping.url.as_ref().map(Texts::new).transpose()?,
            tariffs: mapping.tariffs.iter().map(|t| Tariffs::new(t, documents)).collect::<Result<_, _>>()?,
        })
    }

    /// Items of further documents that products need, by document.
    pub(crate) fn joined(&self) -> impl Iterator<Item = (&str, &ItemPath)> {
        self.tariffs.iter().filter_map(|t| t.joined.as_ref()).map(|joined| (joined.document.as_str(), &joined.items))
    }

    /// An empty catalogue that takes at most so many items.
    pub fn begin(&self, most_items: usize) -> Building<'_> {
        Building { mapper: self, most_items, items: 0, joined: HashMap::new(), offers: Vec::new(), at: HashMap::new() }
    }

    fn unmatched(&self) -> Option<MappingError> {
        let own =
            [Some(&self.product_id), Some(&self.name), Some(&self.line), self.description.as_ref(), self.url.as_ref()];
        let of_tariffs = self.tariffs.iter().find_map(Tariffs::unmatched);
        own.into_iter().flatten().find_map(Selector::unmatched).or(of_tariffs)
    }
}

impl Tariffs {
    fn new(mapping: &TariffMapping, documents: &[&str]) -> Result<Self, MappingError> {
        let joined = mapping.document.as_ref().map(|joined| {
            let document = joined.name.get_ref().clone();
            if !documents.contains(&document.as_str()) {
                return Err(MappingError { at: joined.name.span(), fault: Fault::NoDocument { name: document } });
            }
            let (items, product_id) = (ItemPath::new(&joined.items)?, Texts::new(&joined.product_id)?);
            Ok(Joined { document, items, product_id })
        });
        Ok(Self {
            items: mapping.items.as_ref().map(path).transpose()?,
            joined: joined.transpose()?,
            skip_unpriced: mapping.skip_unpriced,
            tariff_id: Texts::new(&mapping.tariff_id)?,
            name: mapping.name.as_ref().map(Texts::new).transpose()?,
            premium: Amounts::new(&mapping.premium)?,
            currency: Texts::new(&mapping.currency)?,
            valid_from: mapping.valid_from.as_ref().map(Days::new).transpose()?,
            valid_to: mapping.valid_to.as_ref().map(Days::new).transpose()?,
        })
    }

    fn unmatched(&self) -> Option<MappingError> {
        let texts = [Some(&self.tariff_id), self.name.as_ref(), Some(&self.currency)];
        let days = [self.valid_from.as_ref(), self.valid_to.as_ref()];
        let text = texts.into_iter().flatten().find_map(Selector::unmatched);
        text.or_else(|| self.premium.unmatched()).or_else(|| days.into_iter().flatten().find_map(Selector::unmatched))
    }

    fn tariff(&self, place: &Place<'_>, item: &Value) -> Result<Option<OfferedTariff>, PollError> {
        let Some((amount, unit)) = self.premium.find(place, item)? else {
            return if self.skip_unpriced { Ok(None) } else { Err(place.error("premium", "is missing")) };
        };
        let currency = self.currency.required(place, "currency", item)?;
        let day = |days: Option<&Days>, field| days.map_or(Ok(None), |days| days.find(place, field, item));
        let name = self.name.as_ref().map_or(Ok(None), |name| name.find(place, "tariff_name", item))?;
        Ok(Some(OfferedTariff {
            tariff_id: self.tariff_id.required(place, "tariff_id", item)?,
            name: name.unwrap_or_default(),
            premium: place.premium(&amount, unit, &currency)?,
            valid_from: day(self.valid_from.as_ref(), "valid_from")?,
            valid_to: day(self.valid_to.as_ref(), "valid_to")?,
        }))
    }
}

/// A catalogue that grows item by item. Fields that the mapping does not name are ignored.
#[derive(Debug)]
pub struct Building<'m> {
    mapper: &'m Mapper,
    most_items: usize,
    items: usize,
    /// Items of further documents: by document and product.
    joined: HashMap<&'m str, HashMap<String, Vec<Value>>>,
    offers: Catalogue,
    at: HashMap<String, usize>,
}

impl<'m> Building<'m> {
    fn count(&mut self, address: &str) -> Result<usize, PollError> {
        self.items += 1;
        if self.items > self.most_items {
            let what = format!("has more than the {} items allowed", self.most_items);
            return Err(PollError::Malformed { address: address.to_owned(), what });
        }
        Ok(self.items)
    }

    /// An item of a further document.
    ///
    /// # Errors
    /// When it does not say which product it belongs to.
    pub fn join(&mut self, document: &str, address: &str, item: &Value) -> Result<(), PollError> {
        let number = format!("item {}", self.count(address)?);
        let place = Place { address, product: &number };
        for joined in self.mapper.tariffs.iter().filter_map(|tariffs| tariffs.joined.as_ref()) {
            if joined.document == document {
                let product = joined.product_id.required(&place, "product_id", item)?;
                self.joined.entry(&joined.document).or_default().entry(product).or_default().push(item.clone());
            }
        }
        Ok(())
    }

    /// An item of the document of products.
    ///
    /// # Errors
    /// Names the product and the field. When findings are collected, it is one of them and the item is left out.
    pub fn item(&mut self, address: &str, item: &Value) -> Result<(), PollError> {
        let number = format!("number {}", self.count(address)?);
        let Some(findings) = &self.mapper.findings else { return self.take(address, &number, item) };
        findings.saw(item);
        if let Err(error) = self.take(address, &number, item) {
            findings.add(error.to_string());
        }
        Ok(())
    }

    fn take(&mut self, address: &str, number: &str, item: &Value) -> Result<(), PollError> {
        let mapper = self.mapper;
        let product_id = mapper.product_id.required(&Place { address, product: number }, "product_id", item)?;
        let place = Place { address, product: &product_id };
        let tariffs = self.tariffs(&place, item)?;
        if let Some(&known) = self.at.get(&product_id)
            && mapper.merge
        {
            self.offers[known].tariffs.extend(tariffs);
            return Ok(());
        }
        let maybe = |texts: Option<&Texts>, field| texts.map_or(Ok(None), |texts| texts.find(&place, field, item));
        let offer = Offer {
            line: mapper.line.required(&place, "line", item)?,
            name: mapper.name.required(&place, "name", item)?,
            description: maybe(mapper.description.as_ref(), "description")?.unwrap_or_default(),
            url: maybe(mapper.url.as_ref(), "url")?.unwrap_or_default(),
            tariffs,
            product_id: product_id.clone(),
        };
        self.at.insert(product_id, self.offers.len());
        self.offers.push(offer);
        Ok(())
    }

    fn tariffs(&self, place: &Place<'_>, item: &Value) -> Result<Vec<OfferedTariff>, PollError> {
        let mut all = Vec::new();
        for mapping in &self.mapper.tariffs {
            let roots: Vec<&Value> = match &mapping.joined {
                None => vec![item],
                Some(joined) => {
                    let of_product = self.joined.get(joined.document.as_str()).and_then(|d| d.get(place.product));
                    of_product.into_iter().flatten().collect()
                }
            };
            for root in roots {
                let items = mapping.items.as_ref().map_or_else(|| vec![root], |path| path.all(root));
                for item in items {
                    all.extend(mapping.tariff(place, item)?);
                }
            }
        }
        if all.is_empty() && !self.mapper.tariffs.is_empty() {
            return Err(place.error("premium", "is missing: the product has no tariffs"));
        }
        Ok(all)
    }

    /// The catalogue, if it meets the rules for one.
    ///
    /// # Errors
    /// A path that matched nothing, or the first product that breaks a rule.
    pub fn finish(self, address: &str) -> Result<Catalogue, PollError> {
        let unmatched = self.mapper.unmatched().filter(|_| !self.offers.is_empty());
        let unmatched = unmatched.map_or(Ok(()), |error| {
            Err(PollError::Mapping { place: self.mapper.origin.place(&error.at), what: error.to_string() })
        });
        let sound = unmatched.and_then(|()| check(address, &self.offers));
        match (&self.mapper.findings, sound) {
            (Some(findings), Err(error)) => findings.add(error.to_string()),
            (None, Err(error)) => return Err(error),
            (_, Ok(())) => {}
        }
        Ok(self.offers)
    }
}
