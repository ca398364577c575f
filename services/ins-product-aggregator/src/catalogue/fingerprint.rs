//! What tells two offers apart in few bytes: a hash of everything that is worth telling, per tariff and per product.

use jiff::civil::Date;
use polis_proto::catalogue::v1::Tariff;
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use crate::offer::{Offer, OfferedTariff};

#[derive(Default)]
struct Print(Sha256);

impl Print {
    /// Texts are told apart by their length: "ab" and "c" are not "a" and "bc".
    fn put(mut self, text: &str) -> Self {
        self.0.update((text.len() as u64).to_le_bytes());
        self.0.update(text.as_bytes());
        self
    }

    fn day(self, day: Option<Date>) -> Self {
        self.put(&day.map(|day| day.to_string()).unwrap_or_default())
    }

    fn end(self) -> Vec<u8> {
        self.0.finalize().to_vec()
    }
}

fn terms(id: &str, name: &str, amount: Decimal, currency: &str, days: [Option<Date>; 2]) -> Vec<u8> {
    let print = Print::default().put(id).put(name).put(&amount.normalize().to_string()).put(currency);
    print.day(days[0]).day(days[1]).end()
}

fn of_offered(tariff: &OfferedTariff) -> Vec<u8> {
    let (premium, days) = (&tariff.premium, [tariff.valid_from, tariff.valid_to]);
    terms(&tariff.tariff_id, &tariff.name, premium.amount, premium.currency.code(), days)
}

/// SHA-256 of the terms of a tariff version, the same as of the offer that led to it.
pub fn of_tariff(tariff: &Tariff) -> Vec<u8> {
    let money = tariff.premium.as_ref();
    let amount = money.and_then(|money| money.amount().ok()).unwrap_or_default();
    let day = |day: Option<polis_proto::google_type::Date>| day.and_then(|day| polis_proto::date(&day).ok());
    let currency = money.map(|money| money.currency_code.as_str()).unwrap_or_default();
    terms(&tariff.tariff_id, &tariff.name, amount, currency, [day(tariff.valid_from), day(tariff.valid_to)])
}

/// SHA-256 of an offer: of its own fields and of the prints of its tariffs.
pub fn of_offer(insurer_name: &str, offer: &Offer) -> Vec<u8> {
    let fields = [insurer_name, &offer.product_id, &offer.line, &offer.name, &offer.description, &offer.url];
    let mut print = fields.into_iter().fold(Print::default(), Print::put);
    for tariff in &offer.tariffs {
        print.0.update(of_offered(tariff));
    }
    print.end()
}
