//! Change detection: a whole catalogue beside what is known, product by product.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};
use polis_proto::catalogue::v1::{ChangeKind, FieldChange, Product, ProductEvent, Tariff};
use polis_proto::google_type::Money;
use polis_proto::{MoneyError, timestamp};
use prost::Message;
use sha2::{Digest, Sha256};

use crate::offer::{Offer, OfferedTariff};

/// Superseded tariff versions are told this long: 13 months, so that a policy of last year finds its tariff.
const TOLD_FOR: SignedDuration = SignedDuration::from_hours(24 * 396);

/// A product as it is known.
#[derive(Clone, Debug)]
pub struct Known {
    /// The state of its last event.
    pub state: Product,
    /// [`fingerprint`] of the offer that led to it.
    pub fingerprint: Vec<u8>,
}

/// A change of one product.
#[derive(Clone, Debug)]
pub struct Change {
    /// What to tell.
    pub event: ProductEvent,
    /// [`fingerprint`] of the offer.
    pub fingerprint: Vec<u8>,
}

/// SHA-256 of everything in an offer that is worth telling.
pub fn fingerprint(insurer_name: &str, offer: &Offer) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut put = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    for text in [insurer_name, &offer.product_id, &offer.line, &offer.name, &offer.description, &offer.url] {
        put(text);
    }
    for tariff in &offer.tariffs {
        put(&tariff.tariff_id);
        put(&tariff.name);
        put(&tariff.premium.amount.to_string());
        put(tariff.premium.currency.code());
        put(&tariff.valid_from.map(|day| day.to_string()).unwrap_or_default());
        put(&tariff.valid_to.map(|day| day.to_string()).unwrap_or_default());
    }
    hash.finalize().to_vec()
}

/// What has changed, in the order of product identifiers: additions, changes, restorations, then withdrawals of
/// what is known and not on offer any more.
///
/// # Errors
/// When a premium cannot be carried on the wire.
pub fn compare(
    insurer: (&str, &str), known: &HashMap<String, Known>, offers: &[Offer], now: Timestamp,
) -> Result<Vec<Change>, MoneyError> {
    let mut changes = BTreeMap::new();
    for offer in offers {
        let print = fingerprint(insurer.1, offer);
        let before = known.get(&offer.product_id);
        if before.is_some_and(|known| known.fingerprint == print && !known.state.withdrawn) {
            continue;
        }
        let event = changed(insurer, before.map(|known| &known.state), offer, now)?;
        changes.insert(offer.product_id.as_str(), Change { event, fingerprint: print });
    }
    let offered: std::collections::HashSet<_> = offers.iter().map(|offer| offer.product_id.as_str()).collect();
    for (id, known) in known {
        if !known.state.withdrawn && !offered.contains(id.as_str()) {
            changes.insert(id, withdrawal(known, now));
        }
    }
    Ok(changes.into_values().collect())
}

fn changed(
    insurer: (&str, &str), before: Option<&Product>, offer: &Offer, now: Timestamp,
) -> Result<ProductEvent, MoneyError> {
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
    let changes = before.map_or_else(Vec::new, |before| field_changes(before, &product));
    Ok(event(kind, product, changes, now))
}

fn withdrawal(known: &Known, now: Timestamp) -> Change {
    let mut product = known.state.clone();
    product.revision += 1;
    product.withdrawn = true;
    let event = event(ChangeKind::Withdrawn, product, Vec::new(), now);
    Change { event, fingerprint: known.fingerprint.clone() }
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
    versions.retain(|tariff| tariff.known_to.as_ref().is_none_or(|end| end.seconds >= horizon));
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

impl Known {
    /// From the columns of `products`.
    ///
    /// # Errors
    /// When the stored state is not a product.
    pub fn decode(state: &[u8], fingerprint: Vec<u8>) -> Result<Self, prost::DecodeError> {
        Ok(Self { state: Product::decode(state)?, fingerprint })
    }
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

    fn apply(known: &mut HashMap<String, Known>, changes: Vec<Change>) {
        for change in changes {
            let state = change.event.product.unwrap();
            known.insert(state.product_id.clone(), Known { state, fingerprint: change.fingerprint });
        }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn a_product_lives_from_addition_to_restoration() {
        let mut known = HashMap::new();
        let kinds = |changes: &[Change]| changes.iter().map(|c| c.event.kind()).collect::<Vec<_>>();
        let first = compare(INSURER, &known, &[offer("a", "100"), offer("b", "5")], at(0)).unwrap();
        assert_eq!(kinds(&first), [ChangeKind::Added, ChangeKind::Added]);
        apply(&mut known, first);

        let nothing = compare(INSURER, &known, &[offer("b", "5"), offer("a", "100.00")], at(1)).unwrap();
        assert!(nothing.is_empty(), "100 and 100.00 are one price");

        let dearer = compare(INSURER, &known, &[offer("a", "120"), offer("b", "5")], at(2)).unwrap();
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
        apply(&mut known, dearer);

        let gone = compare(INSURER, &known, &[offer("b", "5")], at(3)).unwrap();
        assert_eq!(kinds(&gone), [ChangeKind::Withdrawn]);
        apply(&mut known, gone);
        assert!(compare(INSURER, &known, &[offer("b", "5")], at(4)).unwrap().is_empty(), "withdrawn once");

        let back = compare(INSURER, &known, &[offer("a", "120"), offer("b", "5")], at(5)).unwrap();
        assert_eq!(kinds(&back), [ChangeKind::Restored]);
        assert_eq!(back[0].event.product.as_ref().unwrap().revision, 4);
    }

    #[test]
    fn superseded_versions_are_told_for_thirteen_months() {
        let mut known = HashMap::new();
        let year = 365 * 24 * 3600;
        for (time, premium) in [(0, "1"), (1, "2"), (2 * year, "3")] {
            let changes = compare(INSURER, &known, &[offer("a", premium)], at(time)).unwrap();
            apply(&mut known, changes);
        }
        let versions: Vec<_> = known["a"].state.tariffs.iter().map(|t| t.version).collect();
        assert_eq!(versions, [2, 3], "version 1 ended two years ago");
    }
}
