//! A mapping that is ready to use, and the catalogue it builds item by item.

use std::collections::HashMap;
use std::sync::Arc;

use polis_actors::poller::PollError;
use serde_json::Value;

use super::config::{Mapping, Short, TariffMapping, Unit};
use super::findings::Findings;
use super::items::ItemPath;
use super::reading::{Matched, Noted, Notes, Reading};
use super::selector::{Amounts, Days, Path, Selector, Texts, path};
use super::{Fault, MappingError};
use crate::insurer::Origin;
use crate::offer::{Catalogue, Offer, OfferedTariff, Place, Premium, amount, breaches, currency, minor_digits};

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
        Building {
            mapper: self,
            most_items,
            items: 0,
            products: 0,
            notes: Notes::default(),
            joined: HashMap::new(),
            offers: Vec::new(),
            at: HashMap::new(),
        }
    }

    fn unmatched(&self, matched: &Matched) -> impl Iterator<Item = MappingError> {
        let own: [Option<&dyn Selector>; 5] = [
            Some(&self.product_id),
            Some(&self.name),
            Some(&self.line),
            self.description.as_ref().map(|s| s as _),
            self.url.as_ref().map(|s| s as _),
        ];
        let of_tariffs = self.tariffs.iter().flat_map(Tariffs::selectors);
        own.into_iter().flatten().chain(of_tariffs).filter_map(|selector| selector.unmatched(matched))
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
        let currencies = Texts::new(&mapping.currency)?;
        let Short(premium) = mapping.premium.get_ref();
        for code in currencies.ours() {
            let wrong = |at| move |what| MappingError { at, fault: Fault::NoCurrency { what } };
            let currency = currency(code).map_err(wrong(mapping.currency.span()))?;
            if premium.unit == Unit::Minor {
                minor_digits(currency).map_err(wrong(mapping.premium.span()))?;
            }
        }
        Ok(Self {
            items: mapping.items.as_ref().map(path).transpose()?,
            joined: joined.transpose()?,
            skip_unpriced: mapping.skip_unpriced,
            tariff_id: Texts::new(&mapping.tariff_id)?,
            name: mapping.name.as_ref().map(Texts::new).transpose()?,
            premium: Amounts::new(&mapping.premium)?,
            currency: currencies,
            valid_from: mapping.valid_from.as_ref().map(Days::new).transpose()?,
            valid_to: mapping.valid_to.as_ref().map(Days::new).transpose()?,
        })
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

    fn tariff(&self, reading: &mut Reading<'_>, item: &Value) -> Result<Option<OfferedTariff>, Noted> {
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

fn maybe<S, T>(selector: Option<&S>, find: impl FnOnce(&S) -> Result<Option<T>, Noted>) -> Result<Option<T>, Noted> {
    selector.map_or(Ok(None), find)
}

/// A catalogue that grows item by item. Fields that the mapping does not name are ignored.
#[derive(Debug)]
pub struct Building<'m> {
    mapper: &'m Mapper,
    most_items: usize,
    items: usize,
    products: usize,
    /// Of all documents and pages of this answer.
    notes: Notes,
    /// Items of further documents.
    joined: JoinedItems<'m>,
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
    /// When it does not say which product it belongs to. When findings are collected, that is one of them.
    pub fn join(&mut self, document: &str, address: &str, item: &Value) -> Result<(), PollError> {
        let number = format!("item {}", self.count(address)?);
        let mut reading = Reading::new(Place { address, product: &number }, &mut self.notes);
        for joined in self.mapper.tariffs.iter().filter_map(|tariffs| tariffs.joined.as_ref()) {
            if joined.document == document
                && let Ok(product) = joined.product_id.required(&mut reading, "product_id", item)
            {
                self.joined.entry(&joined.document).or_default().entry(product).or_default().push(item.clone());
            }
        }
        self.settle(item)
    }

    /// An item of the document of products.
    ///
    /// # Errors
    /// Names the product and the field. When findings are collected, all that is wrong with the item is among them, and
    /// the item is left out.
    pub fn item(&mut self, address: &str, item: &Value) -> Result<(), PollError> {
        let number = format!("number {}", self.count(address)?);
        self.products += 1;
        // A problem is noted where it is found.
        let _noted = self.take(address, &number, item);
        self.settle(item)
    }

    /// What is wrong with an item ends the poll, or is a finding.
    fn settle(&mut self, item: &Value) -> Result<(), PollError> {
        let mut problems = self.notes.problems.drain(..);
        let Some(findings) = &self.mapper.findings else { return problems.next().map_or(Ok(()), Err) };
        findings.saw(item);
        problems.for_each(|problem| findings.add(problem.to_string()));
        Ok(())
    }

    fn take(&mut self, address: &str, number: &str, item: &Value) -> Result<(), Noted> {
        let mapper = self.mapper;
        let mut reading = Reading::new(Place { address, product: number }, &mut self.notes);
        let product_id = mapper.product_id.required(&mut reading, "product_id", item);
        let product = product_id.as_deref().unwrap_or(number);
        let mut reading = Reading::new(Place { address, product }, &mut self.notes);
        let tariffs = tariffs(mapper, &self.joined, &mut reading, item);
        if let Some(&known) = self.at.get(product)
            && mapper.merge
        {
            self.offers[known].tariffs.extend(tariffs?);
            return Ok(());
        }
        let line = mapper.line.required(&mut reading, "line", item);
        let name = mapper.name.required(&mut reading, "name", item);
        let description = maybe(mapper.description.as_ref(), |texts| texts.find(&mut reading, "description", item));
        let url = maybe(mapper.url.as_ref(), |texts| texts.find(&mut reading, "url", item));
        let offer = Offer {
            line: line?,
            name: name?,
            description: description?.unwrap_or_default(),
            url: url?.unwrap_or_default(),
            tariffs: tariffs?,
            product_id: product_id?,
        };
        self.at.insert(offer.product_id.clone(), self.offers.len());
        self.offers.push(offer);
        Ok(())
    }

    /// The catalogue, if it meets the rules for one.
    ///
    /// # Errors
    /// A path that matched nothing, or the first product that breaks a rule.
    pub fn finish(self, address: &str) -> Result<Catalogue, PollError> {
        let mapper = self.mapper;
        // An empty answer proves nothing about the paths.
        let mut wrong = mapper
            .unmatched(&self.notes.matched)
            .filter(|_| self.products > 0)
            .map(|error| PollError::Mapping { place: mapper.origin.place(&error.at), what: error.to_string() })
            .chain(breaches(address, &self.offers));
        match &mapper.findings {
            Some(findings) => wrong.for_each(|error| findings.add(error.to_string())),
            None => wrong.next().map_or(Ok(()), Err)?,
        }
        Ok(self.offers)
    }
}

/// By document and product.
type JoinedItems<'m> = HashMap<&'m str, HashMap<String, Vec<Value>>>;

fn tariffs(
    mapper: &Mapper, joined: &JoinedItems<'_>, reading: &mut Reading<'_>, item: &Value,
) -> Result<Vec<OfferedTariff>, Noted> {
    let (mut all, mut broken) = (Vec::new(), None);
    for mapping in &mapper.tariffs {
        let roots: Vec<&Value> = match &mapping.joined {
            None => vec![item],
            Some(of) => {
                let of_product = joined.get(of.document.as_str()).and_then(|d| d.get(reading.place.product));
                of_product.into_iter().flatten().collect()
            }
        };
        for root in roots {
            let matched = &mut reading.notes.matched;
            let items = mapping.items.as_ref().map_or_else(|| vec![root], |path| path.all(matched, root));
            for item in items {
                match mapping.tariff(reading, item) {
                    Ok(tariff) => all.extend(tariff),
                    Err(noted) => broken = Some(noted),
                }
            }
        }
    }
    match broken {
        Some(noted) => Err(noted),
        None if all.is_empty() && !mapper.tariffs.is_empty() => {
            Err(reading.wrong("premium", "is missing: the product has no tariffs"))
        }
        None => Ok(all),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FILE: &str = r#"
        products = "$[*]"
        merge = true
        product_id = "$.id"
        name = "$.name"
        line = { path = "$.kind", codes = { "A" = "travel" }, default = "other" }
        [[tariffs]]
        skip_unpriced = true
        tariff_id = { value = "own" }
        premium = { path = "$.price", decimal = "comma" }
        currency = { value = "RUB" }
        [[tariffs]]
        document = { name = "prices", items = "$.prices[*]", product_id = "$.of" }
        tariff_id = "$.code"
        premium = { path = "$.kopecks", unit = "minor" }
        currency = "$.currency"
        valid_from = { path = "$.at", time_zone = "Asia/Vladivostok" }
    "#;

    fn mapper(file: &str, documents: &[&str]) -> Result<Mapper, MappingError> {
        let mapping: Mapping = toml::from_str(file).unwrap();
        Mapper::new(&mapping, documents, Arc::new(Origin::new("x.toml", file)), None)
    }

    fn errors(items: &[Value]) -> String {
        let mapper = mapper(FILE, &["prices"]).unwrap();
        let mut building = mapper.begin(10);
        let taken = items.iter().try_for_each(|item| building.item("x", item));
        taken.and_then(|()| building.finish("x")).unwrap_err().to_string()
    }

    #[test]
    fn tariffs_come_from_the_row_and_from_another_document_and_rows_are_merged() {
        let mapper = mapper(FILE, &["prices"]).unwrap();
        let mut building = mapper.begin(10);
        let price =
            json!({ "of": 7, "code": "far", "kopecks": 120050, "currency": "rub", "at": "2026-01-31T20:00:00Z" });
        building.join("prices", "x", &price).unwrap();
        building.item("x", &json!({ "id": 7, "name": "Trip", "kind": "A", "price": "1 234,50" })).unwrap();
        building.item("x", &json!({ "id": 8, "name": "Home", "kind": "B", "price": "5,00" })).unwrap();
        let catalogue = building.finish("x").unwrap();
        let lines: Vec<_> = catalogue.iter().map(|offer| (offer.product_id.as_str(), offer.line.as_str())).collect();
        assert_eq!(lines, [("7", "travel"), ("8", "other")]);
        let amounts: Vec<_> = catalogue[0].tariffs.iter().map(|t| t.premium.amount.to_string()).collect();
        assert_eq!(amounts, ["1234.5", "1200.5"]);
        let day = catalogue[0].tariffs[1].valid_from.unwrap();
        assert_eq!(day.to_string(), "2026-02-01", "it was the next day there");
    }

    #[test]
    fn amounts_are_not_guessed() {
        let of = |price: &str| errors(&[json!({ "id": 7, "name": "Trip", "kind": "A", "price": price })]);
        assert!(of("1.23").contains("decimal mark"), "a point where groups of three are meant");
        assert!(of("12,5,0").contains("decimal mark"));
        assert!(of("1 000 RUB").contains("is not an amount"));
    }

    #[test]
    fn a_number_of_the_document_has_no_mark_of_people() {
        let mapper = mapper(FILE, &["prices"]).unwrap();
        let mut building = mapper.begin(10);
        building.item("x", &json!({ "id": 7, "name": "Trip", "kind": "A", "price": 1234.5 })).unwrap();
        assert_eq!(building.offers[0].tariffs[0].premium.amount.to_string(), "1234.5");
    }

    #[test]
    fn too_many_items_and_unknown_documents_are_refused() {
        let many: Vec<_> = (0..11).map(|id| json!({ "id": id, "name": "n", "kind": "A", "price": "1" })).collect();
        assert!(errors(&many).contains("more than the 10 items"));
        let error = mapper(FILE, &[]).unwrap_err();
        assert_eq!(error.fault, Fault::NoDocument { name: "prices".to_owned() });
    }

    #[test]
    fn a_path_that_matches_nothing_is_named_with_its_line() {
        let error = errors(&[json!({ "id": 7, "name": "Trip", "kind": "A", "price": "1" })]);
        assert!(error.contains("x.toml:14: ") && error.contains("$.code matches nothing"), "{error}");
    }

    #[test]
    fn a_path_is_judged_by_every_answer_and_not_by_one_of_its_pages() {
        let file = r#"
            products = "$[*]"
            product_id = "$.id"
            name = "$.name"
            line = { value = "travel" }
            description = "$.text"
        "#;
        let mapper = mapper(file, &[]).unwrap();
        let answer = |pages: &[(&str, Value)]| {
            let mut building = mapper.begin(10);
            pages.iter().for_each(|(address, item)| building.item(address, item).unwrap());
            building.finish("first").map_err(|error| error.to_string())
        };
        let (with, without) = (json!({ "id": 1, "name": "n", "text": "t" }), json!({ "id": 2, "name": "n" }));
        assert_eq!(answer(&[("first", without.clone()), ("second", with)]).unwrap().len(), 2);
        let error = answer(&[("first", without)]).unwrap_err();
        assert!(error.contains("x.toml:6: ") && error.contains("$.text matches nothing"), "{error}");
    }

    #[test]
    fn currencies_and_units_that_do_not_fit_are_refused_before_anything_is_fetched() {
        let refused = |from: &str, to: &str| {
            let file = FILE.replacen(from, to, 1);
            let MappingError { at, fault } = mapper(&file, &["prices"]).unwrap_err();
            format!("{}: {fault}", Origin::new("x.toml", file.as_str()).place(&at))
        };
        let error = refused("value = \"RUB\"", "value = \"ZZZ\"");
        assert!(error.starts_with("x.toml:11: currency: ") && error.contains("\"ZZZ\""), "{error}");
        let error = refused("\"$.currency\"", "{ path = \"$.currency\", codes = { \"810\" = \"RUR1\" } }");
        assert!(error.starts_with("x.toml:16: currency: ") && error.contains("\"RUR1\""), "{error}");
        let error = refused("\"$.currency\"", "{ value = \"XAU\" }");
        assert!(error.starts_with("x.toml:15: premium: ") && error.contains("no smaller unit"), "{error}");
    }

    #[test]
    fn a_check_names_everything_that_is_wrong_with_an_item() {
        let findings = Arc::new(Findings::default());
        let mapping: Mapping = toml::from_str(FILE).unwrap();
        let origin = Arc::new(Origin::new("x.toml", FILE));
        let mapper = Mapper::new(&mapping, &["prices"], origin, Some(findings.clone())).unwrap();
        let mut building = mapper.begin(10);
        building.join("prices", "x", &json!({ "code": "stray" })).unwrap();
        let price = json!({ "of": 7, "code": "far", "kopecks": "1,5,0", "currency": "ZZZ", "at": "soon" });
        building.join("prices", "x", &price).unwrap();
        building.item("x", &json!({ "id": 7, "price": "1.23" })).unwrap();
        building.item("x", &json!({ "name": "Home", "price": "5" })).unwrap();
        assert_eq!(building.finish("x").unwrap(), []);
        let expected = [
            ("item 1, field product_id", "missing"),
            ("7, field premium", "of tariff own: \"1.23\""),
            ("7, field premium", "of tariff far: \"1,5,0\""),
            ("7, field valid_from", "of tariff far: \"soon\""),
            ("7, field currency", "of tariff far: \"ZZZ\""),
            ("7, field name", "missing"),
            ("number 4, field product_id", "missing"),
        ];
        let problems = findings.problems();
        assert_eq!(problems.len(), expected.len(), "{problems:#?}");
        for (problem, (place, what)) in problems.iter().zip(expected) {
            assert!(problem.contains(place) && problem.contains(what), "{problem} instead of {place}: {what}");
        }
    }
}
