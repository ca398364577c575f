//! A mapping that is ready to use, and the catalogue it builds item by item.

use std::collections::HashMap;
use std::sync::Arc;

use polis_actors::poller::PollError;

use super::config::Mapping;
use super::findings::Findings;
use super::items::{Item, ItemPath};
use super::path::{Node, Path};
use super::reading::{Matched, Noted, Notes, Reading};
use super::selector::{Selector, Texts};
use super::tariffs::{JoinedDocument, JoinedItems, Tariffs, maybe, tariffs};
use super::{Fault, MappingError};
use crate::insurer::Origin;
use crate::offer::{Catalogue, Offer, Place, breaches, business_line};

/// A mapping that is ready to use.
#[derive(Debug)]
pub struct Mapper {
    origin: Arc<Origin>,
    findings: Option<Arc<Findings>>,
    /// The products, or what they stand in.
    pub(crate) products: ItemPath,
    /// The products within that.
    within: Option<Path>,
    merge: bool,
    product_id: Texts,
    name: Texts,
    line: Texts,
    description: Option<Texts>,
    url: Option<Texts>,
    pub(super) tariffs: Vec<Tariffs>,
}

impl Mapper {
    /// A mapping of a protocol that fetches these further documents.
    ///
    /// # Errors
    /// The first key that cannot be used.
    pub fn new(
        mapping: &Mapping, documents: &[&str], origin: Arc<Origin>, findings: Option<Arc<Findings>>,
    ) -> Result<Self, MappingError> {
        let within = mapping.within.as_ref().map(|_| Path::to_items(&mapping.products)).transpose()?;
        let depth = usize::from(within.is_some());
        let text = |key| Texts::new(key, depth);
        let line = text(&mapping.line)?;
        for code in line.ours() {
            let wrong = |what| MappingError { at: mapping.line.span(), fault: Fault::NotOurs { what } };
            business_line(code).map_err(wrong)?;
        }
        let tariffs = mapping.tariffs.iter().map(|tariffs| Tariffs::new(tariffs, documents, depth, &origin));
        Ok(Self {
            findings,
            products: ItemPath::new(mapping.within.as_ref().unwrap_or(&mapping.products), &origin)?,
            within,
            merge: mapping.merge,
            product_id: text(&mapping.product_id)?,
            name: text(&mapping.name)?,
            line,
            description: mapping.description.as_ref().map(text).transpose()?,
            url: mapping.url.as_ref().map(text).transpose()?,
            tariffs: tariffs.collect::<Result<_, _>>()?,
            origin,
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
        let own = own.into_iter().flatten().filter_map(|selector| selector.unmatched(matched));
        let of_tariffs = self.tariffs.iter().flat_map(|tariffs| tariffs.unmatched(matched));
        self.within.iter().filter_map(|path| path.unmatched(matched)).chain(own).chain(of_tariffs)
    }
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
    pub(crate) fn join(&mut self, document: &str, address: &str, item: &Item) -> Result<(), PollError> {
        let number = format!("item {}", self.count(address)?);
        let mut reading = Reading::new(Place { address, product: &number }, &mut self.notes);
        for joined in self.mapper.tariffs.iter().filter_map(|tariffs| tariffs.joined.as_ref()) {
            if joined.document == document
                && let Ok(product) = joined.product_id.required(&mut reading, "product_id", &Node::root(item))
            {
                let of = self.joined.entry(&joined.document).or_insert_with(|| JoinedDocument::at(address));
                of.items.entry(product).or_default().push(item.clone());
            }
        }
        self.saw(item);
        self.settle()
    }

    /// An item of the document of products.
    ///
    /// # Errors
    /// Names the product and the field. When findings are collected, all that is wrong with the item is among them, and
    /// the item is left out.
    pub(crate) fn item(&mut self, address: &str, item: &Item) -> Result<(), PollError> {
        self.saw(item);
        self.products += 1;
        let root = Node::root(item);
        match &self.mapper.within {
            None => self.product(address, &root),
            Some(products) => {
                let products = products.items(&mut self.notes.matched, &root);
                products.iter().try_for_each(|product| self.product(address, product))
            }
        }
    }

    fn product(&mut self, address: &str, product: &Node<'_>) -> Result<(), PollError> {
        let number = format!("number {}", self.count(address)?);
        // A problem is noted where it is found.
        let _noted = self.take(address, &number, product);
        self.settle()
    }

    fn saw(&self, item: &Item) {
        self.mapper.findings.iter().for_each(|findings| findings.saw(&item.value));
    }

    /// What is wrong with an item ends the poll, or is a finding.
    fn settle(&mut self) -> Result<(), PollError> {
        let mut problems = self.notes.problems.drain(..);
        let Some(findings) = &self.mapper.findings else { return problems.next().map_or(Ok(()), Err) };
        problems.for_each(|problem| findings.add(problem.to_string()));
        Ok(())
    }

    fn take(&mut self, address: &str, number: &str, item: &Node<'_>) -> Result<(), Noted> {
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
        let line = line.and_then(|line| business_line(&line).map_err(|what| reading.wrong("line", what)));
        let name = mapper.name.required(&mut reading, "name", item);
        let description = maybe(mapper.description.as_ref(), |texts| texts.find(&mut reading, "description", item));
        let url = maybe(mapper.url.as_ref(), |texts| texts.find(&mut reading, "url", item));
        let offer = Offer {
            line: line?.to_owned(),
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::items;
    use super::*;

    const FILE: &str = r#"
        products = "$[*]"
        merge = true
        product_id = "$.id"
        name = "$.name"
        line = { path = "$.kind", codes = { "A" = "travel" }, default = "property" }
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
        let taken = items.iter().try_for_each(|item| building.item("x", &item.clone().into()));
        taken.and_then(|()| building.finish("x")).unwrap_err().to_string()
    }

    #[test]
    fn tariffs_come_from_the_row_and_from_another_document_and_rows_are_merged() {
        let mapper = mapper(FILE, &["prices"]).unwrap();
        let mut building = mapper.begin(10);
        let price =
            json!({ "of": 7, "code": "far", "kopecks": 120050, "currency": "rub", "at": "2026-01-31T20:00:00Z" });
        building.join("prices", "x", &price.clone().into()).unwrap();
        building.item("x", &json!({ "id": 7, "name": "Trip", "kind": "A", "price": "1 234,50" }).into()).unwrap();
        building.item("x", &json!({ "id": 8, "name": "Home", "kind": "B", "price": "5,00" }).into()).unwrap();
        let catalogue = building.finish("x").unwrap();
        let lines: Vec<_> = catalogue.iter().map(|offer| (offer.product_id.as_str(), offer.line.as_str())).collect();
        assert_eq!(lines, [("7", "travel"), ("8", "property")]);
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
        building.item("x", &json!({ "id": 7, "name": "Trip", "kind": "A", "price": 1234.5 }).into()).unwrap();
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
        assert!(error.contains("x.toml:13: ") && error.contains("$.of of \"prices\" names no product"), "{error}");
    }

    #[test]
    fn where_there_are_no_tariffs_nothing_is_said_about_their_fields() {
        let file = PROGRAMS.replace("$.prices.*", "$.tariffs.*").replace("$.products.*", "$.products[*]");
        let findings = Arc::new(Findings::default());
        let mapping: Mapping =
            toml::from_str(&file.replace("\"~\"", "\"$.id\"").replace("\"^~\"", "\"^.line\"")).unwrap();
        let mapper = Mapper::new(&mapping, &[], Arc::new(Origin::new("x.toml", file)), Some(findings.clone())).unwrap();
        let mut building = mapper.begin(10);
        let product = json!({ "id": 1, "title": "Trip", "currency": "EUR", "prices": { "week": 10 } });
        building.item("x", &json!({ "line": "travel", "products": [product] }).into()).unwrap();
        building.finish("x").unwrap();
        let problems = findings.problems();
        assert_eq!(problems.len(), 2, "{problems:#?}");
        assert!(problems[0].contains("product 1, field premium: is missing"), "{problems:#?}");
        assert!(problems[1].contains(": items: $.tariffs.* matches nothing"), "{problems:#?}");
    }

    #[test]
    fn what_is_wrong_in_another_document_is_told_with_its_address() {
        let mapper = mapper(FILE, &["prices"]).unwrap();
        let mut building = mapper.begin(10);
        let price = json!({ "of": 7, "code": "far", "kopecks": 1, "currency": "rub", "at": "soon" });
        building.join("prices", "the-prices", &price.into()).unwrap();
        let product = json!({ "id": 7, "name": "Trip", "kind": "A", "price": "1" });
        let error = building.item("the-products", &product.into()).unwrap_err().to_string();
        assert!(error.starts_with("the-prices: product 7, field valid_from: of tariff far: "), "{error}");
        let error = errors(&[json!({ "id": 7, "name": "Trip", "kind": "A", "price": "-1" })]);
        assert!(error.starts_with("x: product 7, field premium: "), "{error}");
    }

    #[test]
    fn an_instant_without_a_time_zone_is_no_day_and_a_line_is_one_of_ours() {
        let file = FILE.replace(", time_zone = \"Asia/Vladivostok\"", "");
        let mapper = |file: &str| mapper(file, &["prices"]);
        let days = mapper(&file).unwrap();
        let mut building = days.begin(10);
        let price = json!({ "of": 7, "code": "far", "kopecks": 1, "currency": "rub", "at": "2026-01-31T20:00:00Z" });
        building.join("prices", "x", &price.into()).unwrap();
        let product = json!({ "id": 7, "name": "Trip", "kind": "A", "price": "1" });
        let error = building.item("x", &product.into()).unwrap_err().to_string();
        assert!(error.contains("is an instant; say time_zone"), "{error}");

        let lines =
            FILE.replace("{ path = \"$.kind\", codes = { \"A\" = \"travel\" }, default = \"property\" }", "\"$.kind\"");
        let lines = mapper(&lines).unwrap();
        let mut building = lines.begin(10);
        let product = json!({ "id": 7, "name": "Trip", "kind": "boats", "price": "1" });
        let error = building.item("x", &product.into()).unwrap_err().to_string();
        assert!(error.contains("field line: \"boats\" is not a line of business"), "{error}");
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
            pages.iter().for_each(|(address, item)| building.item(address, &item.clone().into()).unwrap());
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
        building.join("prices", "x", &json!({ "code": "stray" }).into()).unwrap();
        let price = json!({ "of": 7, "code": "far", "kopecks": "1,5,0", "currency": "ZZZ", "at": "soon" });
        building.join("prices", "x", &price.clone().into()).unwrap();
        building.item("x", &json!({ "id": 7, "price": "1.23" }).into()).unwrap();
        building.item("x", &json!({ "name": "Home", "price": "5" }).into()).unwrap();
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

    const PROGRAMS: &str = r#"
        within = "$.programs.*"
        products = "$.products.*"
        product_id = "~"
        name = "$.title"
        line = "^.line"
        description = "^~"
        [[tariffs]]
        items = "$.prices.*"
        tariff_id = "~"
        premium = "$"
        currency = "^.currency"
        valid_from = "^^.from"
    "#;

    #[test]
    fn items_have_names_and_stand_in_something_that_has_fields() {
        let text = json!({ "programs": {
            "abroad": { "line": "travel", "from": "2026-01-31", "products": {
                "trip": { "title": "Trip", "currency": "EUR", "prices": { "week": 10, "month": 30 } } } },
            "empty": { "line": "hull", "products": {} },
        } });
        let mapper = mapper(PROGRAMS, &[]).unwrap();
        let mut building = mapper.begin(10);
        items::json("x", &text.to_string(), &mapper.products, &mut |item| building.item("x", &item)).unwrap();
        let catalogue = building.finish("x").unwrap();
        let [trip] = catalogue.as_slice() else { panic!("{catalogue:?}") };
        assert_eq!([&trip.product_id, &trip.name, &trip.line, &trip.description], ["trip", "Trip", "travel", "abroad"]);
        let tariffs: Vec<_> = trip.tariffs.iter().map(|t| format!("{} {}", t.tariff_id, t.premium.amount)).collect();
        assert_eq!(tariffs, ["month 30", "week 10"]);
        assert_eq!(trip.tariffs[0].premium.currency.code(), "EUR");
        assert_eq!(trip.tariffs[0].valid_from.unwrap().to_string(), "2026-01-31");
    }

    #[test]
    fn programs_without_products_anywhere_and_steps_outside_of_the_document_are_mistakes() {
        let mapper = |file: &str| mapper(file, &[]);
        let reading = mapper(PROGRAMS).unwrap();
        let mut building = reading.begin(10);
        building.item("x", &json!({ "line": "travel", "goods": {} }).into()).unwrap();
        let error = building.finish("x").unwrap_err().to_string();
        assert!(error.contains("x.toml:3: ") && error.contains("$.products.* matches nothing"), "{error}");
        let error = mapper(&PROGRAMS.replace("^^.from", "^^^.from")).unwrap_err();
        assert_eq!(error.fault, Fault::NothingAround { path: "^^^.from".to_owned() });
    }
}
