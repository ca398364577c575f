//! Change detection: a whole catalogue beside what is known, product by product.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use polis_proto::catalogue::v1::{ChangeKind, FieldChange, Product, ProductEvent, Tariff};
use polis_proto::google_type::Money;
use polis_proto::{MoneyError, timestamp};

use super::fingerprint;
use crate::offer::{Offer, OfferedTariff};

/// Superseded tariff versions are told this long: 13 months, so that a policy of last year finds its tariff.
const TOLD_FOR: SignedDuration = SignedDuration::from_hours(24 * 396);

/// A product as it is known, in few bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Print {
    /// [`fingerprint::of_offer`] of the offer that led to it.
    pub hash: Vec<u8>,
    /// It is not on offer.
    pub withdrawn: bool,
}

/// What may have changed: the products to look at more closely.
#[derive(Clone, Debug, Default)]
pub struct Difference<'o> {
    /// Offers that are not known as they are, with their prints.
    pub offered: Vec<(&'o Offer, Vec<u8>)>,
    /// Known and not on offer any more.
    pub absent: Vec<String>,
}

/// A change of one product.
#[derive(Clone, Debug)]
pub struct Change {
    /// What to tell.
    pub event: ProductEvent,
    /// Fingerprint of the offer.
    pub fingerprint: Vec<u8>,
    /// Whether there is anything to tell. Where only the way of taking prints has changed, nothing is.
    pub told: bool,
}

impl Difference<'_> {
    /// Nothing has changed.
    pub fn is_empty(&self) -> bool {
        self.offered.is_empty() && self.absent.is_empty()
    }

    /// The products whose states are needed to say what has changed.
    pub fn products(&self) -> Vec<&str> {
        let offered = self.offered.iter().map(|(offer, _)| offer.product_id.as_str());
        offered.chain(self.absent.iter().map(String::as_str)).collect()
    }
}

/// Compares a catalogue with what is known, by prints alone.
pub fn difference<'o>(insurer_name: &str, known: &HashMap<String, Print>, offers: &'o [Offer]) -> Difference<'o> {
    let mut offered = Vec::new();
    for offer in offers {
        let hash = fingerprint::of_offer(insurer_name, offer);
        if known.get(&offer.product_id).is_none_or(|known| known.withdrawn || known.hash != hash) {
            offered.push((offer, hash));
        }
    }
    let on_offer: HashSet<&str> = offers.iter().map(|offer| offer.product_id.as_str()).collect();
    let absent = known.iter().filter(|(id, known)| !known.withdrawn && !on_offer.contains(id.as_str()));
    let mut absent: Vec<String> = absent.map(|(id, _)| id.clone()).collect();
    absent.sort_unstable();
    Difference { offered, absent }
}

/// What has changed, in the order of product identifiers. `states` are the last told ones, by product; a product that is
/// not among them is new.
///
/// # Errors
/// When a premium cannot be carried on the wire.
pub fn changes(
    insurer: (&str, &str), states: &HashMap<String, Product>, difference: Difference<'_>, now: Timestamp,
) -> Result<Vec<Change>, MoneyError> {
    let mut changes = BTreeMap::new();
    for (offer, fingerprint) in difference.offered {
        let change = changed(insurer, states.get(&offer.product_id), offer, fingerprint, now)?;
        changes.insert(offer.product_id.as_str(), change);
    }
    for id in &difference.absent {
        if let Some(state) = states.get(id) {
            changes.insert(id, withdrawal(state, now));
        }
    }
    Ok(changes.into_values().collect())
}

fn changed(
    insurer: (&str, &str), before: Option<&Product>, offer: &Offer, fingerprint: Vec<u8>, now: Timestamp,
) -> Result<Change, MoneyError> {
    let kind = match before {
        None => ChangeKind::Added,
        Some(product) if product.withdrawn => ChangeKind::Restored,
        Some(_) => ChangeKind::Changed,
    };
    let product = Product {
        insurer_id: insurer.0.to_owned(),
        insurer_name: insurer.1.to_owned(),
        product_id: offer.product_id.clone(),
        revision: before.map_or(1, |product| product.revision + 1),
        line: offer.line.clone(),
        name: offer.name.clone(),
        description: offer.description.clone(),
        url: offer.url.clone(),
        tariffs: tariffs(before.map_or(&[], |product| &product.tariffs), &offer.tariffs, now)?,
        withdrawn: false,
    };
    let fields = before.map_or_else(Vec::new, |before| field_changes(before, &product));
    if let (ChangeKind::Changed, Some(before), true) = (kind, before, fields.is_empty()) {
        return Ok(Change { event: event(kind, before.clone(), fields, now), fingerprint, told: false });
    }
    Ok(Change { event: event(kind, product, fields, now), fingerprint, told: true })
}

/// Without a print: whatever comes back after a withdrawal is restored.
fn withdrawal(state: &Product, now: Timestamp) -> Change {
    let mut product = state.clone();
    product.revision += 1;
    product.withdrawn = true;
    let event = event(ChangeKind::Withdrawn, product, Vec::new(), now);
    Change { event, fingerprint: Vec::new(), told: true }
}

fn event(kind: ChangeKind, product: Product, changes: Vec<FieldChange>, now: Timestamp) -> ProductEvent {
    let observed_at = Some(timestamp::to_wire(now));
    ProductEvent { kind: kind.into(), product: Some(product), changes, observed_at, snapshot: false }
}

/// Tariff versions after the change: current ones that still hold, superseded ones with their end, new ones.
fn tariffs(before: &[Tariff], offered: &[OfferedTariff], now: Timestamp) -> Result<Vec<Tariff>, MoneyError> {
    let known_to = timestamp::to_wire(now);
    let horizon = timestamp::to_wire(now.checked_sub(TOLD_FOR).unwrap_or(Timestamp::MIN)).seconds;
    let mut versions: Vec<Tariff> = before.to_vec();
    // The last version of each stays, however old: its number must not be given again.
    let last = |tariff: &Tariff| before.iter().all(|t| t.tariff_id != tariff.tariff_id || t.version <= tariff.version);
    versions.retain(|tariff| tariff.known_to.as_ref().is_none_or(|end| end.seconds >= horizon) || last(tariff));
    let mut fresh = Vec::new();
    for offer in offered {
        let last = before.iter().filter(|t| t.tariff_id == offer.tariff_id).map(|t| t.version).max().unwrap_or(0);
        let wanted = tariff(offer, last + 1, now)?;
        let current = versions.iter().any(|t| t.known_to.is_none() && same_terms(t, &wanted));
        if !current {
            fresh.push(wanted);
        }
    }
    for tariff in versions.iter_mut().filter(|tariff| tariff.known_to.is_none()) {
        let superseded = fresh.iter().any(|new| new.tariff_id == tariff.tariff_id);
        let gone = !offered.iter().any(|offer| offer.tariff_id == tariff.tariff_id);
        if superseded || gone {
            tariff.known_to = Some(known_to);
        }
    }
    versions.extend(fresh);
    Ok(versions)
}

fn tariff(offer: &OfferedTariff, version: i64, now: Timestamp) -> Result<Tariff, MoneyError> {
    Ok(Tariff {
        tariff_id: offer.tariff_id.clone(),
        version,
        name: offer.name.clone(),
        premium: Some(Money::from_decimal(offer.premium.amount, offer.premium.currency.code())?),
        valid_from: offer.valid_from.map(Into::into),
        valid_to: offer.valid_to.map(Into::into),
        known_from: Some(timestamp::to_wire(now)),
        known_to: None,
    })
}

fn same_terms(a: &Tariff, b: &Tariff) -> bool {
    (&a.tariff_id, &a.name, &a.premium, &a.valid_from, &a.valid_to)
        == (&b.tariff_id, &b.name, &b.premium, &b.valid_from, &b.valid_to)
}

fn field_changes(before: &Product, after: &Product) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    let mut put = |path: String, before: Option<String>, after: Option<String>| {
        if before != after {
            changes.push(FieldChange { path, before, after });
        }
    };
    let texts = |product: &Product| {
        [
            product.name.clone(),
            product.line.clone(),
            product.description.clone(),
            product.url.clone(),
            product.insurer_name.clone(),
        ]
    };
    let names = ["name", "line", "description", "url", "insurer_name"];
    for ((path, old), new) in names.into_iter().zip(texts(before)).zip(texts(after)) {
        put(path.to_owned(), Some(old), Some(new));
    }
    let current = |product: &Product| -> BTreeMap<String, Tariff> {
        let current = product.tariffs.iter().filter(|tariff| tariff.known_to.is_none());
        current.map(|tariff| (tariff.tariff_id.clone(), tariff.clone())).collect()
    };
    let (old, new) = (current(before), current(after));
    let ids: std::collections::BTreeSet<_> = old.keys().chain(new.keys()).collect();
    for id in ids {
        let (old, new) = (old.get(id), new.get(id));
        put(format!("tariffs[{id}].premium"), old.and_then(premium_text), new.and_then(premium_text));
        put(format!("tariffs[{id}].name"), old.map(|t| t.name.clone()), new.map(|t| t.name.clone()));
        put(
            format!("tariffs[{id}].valid_from"),
            old.and_then(|t| date_text(t.valid_from)),
            new.and_then(|t| date_text(t.valid_from)),
        );
        put(
            format!("tariffs[{id}].valid_to"),
            old.and_then(|t| date_text(t.valid_to)),
            new.and_then(|t| date_text(t.valid_to)),
        );
    }
    changes
}

fn premium_text(tariff: &Tariff) -> Option<String> {
    let money = tariff.premium.as_ref()?;
    Some(format!("{} {}", money.amount().ok()?, money.currency_code))
}

fn date_text(date: Option<polis_proto::google_type::Date>) -> Option<String> {
    date.and_then(|date| polis_proto::date(&date).ok()).map(|date| date.to_string())
}

#[cfg(test)]
mod tests {
    use iso_currency::Currency;

    use super::*;
    use crate::offer::Premium;

    const INSURER: (&str, &str) = ("severny-shchit", "Северный щит");

    fn offer(id: &str, premium: &str) -> Offer {
        let premium =
            Premium { amount: premium.parse::<rust_decimal::Decimal>().unwrap().normalize(), currency: Currency::RUB };
        let tariff = OfferedTariff {
            tariff_id: "base".to_owned(),
            name: "Base".to_owned(),
            premium,
            valid_from: None,
            valid_to: None,
        };
        Offer {
            product_id: id.to_owned(),
            line: "travel".to_owned(),
            name: "Trip".to_owned(),
            description: String::new(),
            url: String::new(),
            tariffs: vec![tariff],
        }
    }

    /// What would be in the database.
    #[derive(Default)]
    struct Memory {
        states: HashMap<String, Product>,
        prints: HashMap<String, Print>,
    }

    impl Memory {
        fn see(&self, offers: &[Offer], now: Timestamp) -> Vec<Change> {
            let difference = difference(INSURER.1, &self.prints, offers);
            let wanted: Vec<String> = difference.products().into_iter().map(str::to_owned).collect();
            let states = self.states.iter().filter(|(id, _)| wanted.contains(id));
            let states = states.map(|(id, state)| (id.clone(), state.clone())).collect();
            changes(INSURER, &states, difference, now).unwrap()
        }

        fn apply(&mut self, changes: Vec<Change>) {
            for change in changes {
                let state = change.event.product.unwrap();
                let print = Print { hash: change.fingerprint, withdrawn: state.withdrawn };
                self.prints.insert(state.product_id.clone(), print);
                self.states.insert(state.product_id.clone(), state);
            }
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn a_product_lives_from_addition_to_restoration() {
        let mut known = Memory::default();
        let kinds = |changes: &[Change]| changes.iter().map(|c| c.event.kind()).collect::<Vec<_>>();
        let first = known.see(&[offer("a", "100"), offer("b", "5")], at(0));
        assert_eq!(kinds(&first), [ChangeKind::Added, ChangeKind::Added]);
        known.apply(first);

        let nothing = known.see(&[offer("b", "5"), offer("a", "100.00")], at(1));
        assert!(nothing.is_empty(), "100 and 100.00 are one price");

        let dearer = known.see(&[offer("a", "120"), offer("b", "5")], at(2));
        assert_eq!(kinds(&dearer), [ChangeKind::Changed]);
        let event = &dearer[0].event;
        let product = event.product.as_ref().unwrap();
        assert_eq!(product.revision, 2);
        assert_eq!(product.tariffs.len(), 2, "the superseded version stays with its end");
        assert_eq!(product.tariffs[0].known_to, Some(timestamp::to_wire(at(2))));
        assert_eq!((product.tariffs[1].version, product.tariffs[1].known_to), (2, None));
        assert_eq!(event.changes.len(), 1);
        assert_eq!(event.changes[0].path, "tariffs[base].premium");
        assert_eq!(event.changes[0].after.as_deref(), Some("120 RUB"));
        known.apply(dearer);

        let gone = known.see(&[offer("b", "5")], at(3));
        assert_eq!(kinds(&gone), [ChangeKind::Withdrawn]);
        known.apply(gone);
        assert!(known.see(&[offer("b", "5")], at(4)).is_empty(), "withdrawn once");

        let back = known.see(&[offer("a", "120"), offer("b", "5")], at(5));
        assert_eq!(kinds(&back), [ChangeKind::Restored]);
        assert_eq!(back[0].event.product.as_ref().unwrap().revision, 4);
    }

    #[test]
    fn superseded_versions_are_told_for_thirteen_months() {
        let mut known = Memory::default();
        let year = 365 * 24 * 3600;
        for (time, premium) in [(0, "1"), (1, "2"), (2 * year, "3")] {
            let changes = known.see(&[offer("a", premium)], at(time));
            known.apply(changes);
        }
        let versions: Vec<_> = known.states["a"].tariffs.iter().map(|t| t.version).collect();
        assert_eq!(versions, [2, 3], "version 1 ended two years ago");
    }

    #[test]
    fn a_tariff_that_comes_back_after_years_has_a_number_of_its_own() {
        let mut known = Memory::default();
        let year = 365 * 24 * 3600;
        let with = |tariff: &str| {
            let mut offer = offer("a", "1");
            tariff.clone_into(&mut offer.tariffs[0].tariff_id);
            offer
        };
        for (time, tariff) in [(0, "base"), (1, "other"), (2 * year, "third"), (3 * year, "base")] {
            known.apply(known.see(&[with(tariff)], at(time)));
        }
        let base: Vec<_> = known.states["a"].tariffs.iter().filter(|t| t.tariff_id == "base").collect();
        assert_eq!(base.iter().map(|t| t.version).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn another_way_of_taking_prints_is_no_change() {
        let mut known = Memory::default();
        known.apply(known.see(&[offer("a", "1")], at(0)));
        known.prints.get_mut("a").unwrap().hash = b"an older kind of print".to_vec();
        let changes = known.see(&[offer("a", "1")], at(1));
        assert!(changes.len() == 1 && !changes[0].told, "only the print is to be written");
        assert_eq!(changes[0].event.product, known.states.get("a").cloned());
        known.apply(changes);
        assert!(known.see(&[offer("a", "1")], at(2)).is_empty());
    }

    #[test]
    fn a_tariff_has_the_print_of_its_offer() {
        let seen = offer("a", "1234.50");
        let stored = tariff(&seen.tariffs[0], 7, at(0)).unwrap();
        let other = tariff(&offer("a", "1234.51").tariffs[0], 7, at(0)).unwrap();
        assert_ne!(fingerprint::of_tariff(&stored), fingerprint::of_tariff(&other));
        let mut later = stored.clone();
        (later.version, later.known_to) = (8, Some(timestamp::to_wire(at(9))));
        assert_eq!(fingerprint::of_tariff(&stored), fingerprint::of_tariff(&later), "terms alone count");
    }
}
