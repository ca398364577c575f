//! What an insurer shows, whatever the protocol: its products, with those faults that are in the content.

use rust_decimal::Decimal;

use crate::fault::Fault;
use crate::market::Insurer;

#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) line: String,
    pub(crate) summary: String,
    pub(crate) link: String,
    pub(crate) tariffs: Vec<ShownTariff>,
}

#[derive(Clone, Debug)]
pub(crate) struct ShownTariff {
    pub(crate) code: String,
    pub(crate) title: String,
    pub(crate) amount: Option<Decimal>,
    pub(crate) currency: &'static str,
    /// ISO 8601.
    pub(crate) from: String,
}

pub(crate) fn exhibit(id: &str, insurer: &Insurer) -> Vec<Shown> {
    let shown = insurer.products.iter().map(|(product_id, product)| Shown {
        id: product_id.clone(),
        title: product.title.clone(),
        line: product.line.clone(),
        summary: product.summary.clone(),
        link: format!("https://{id}.example/products/{product_id}"),
        tariffs: product
            .tariffs
            .iter()
            .map(|tariff| ShownTariff {
                code: tariff.code.clone(),
                title: tariff.title.clone(),
                amount: Some(tariff.premium),
                currency: "RUB",
                from: tariff.from.clone(),
            })
            .collect(),
    });
    let mut shown: Vec<Shown> = shown.collect();
    if let Some(fault) = &insurer.fault {
        spoil(&mut shown, fault, insurer.asked);
    }
    shown
}

fn spoil(shown: &mut Vec<Shown>, fault: &Fault, asked: u64) {
    if *fault == Fault::Empty {
        shown.clear();
    }
    if *fault == Fault::DuplicateId
        && let Some(first) = shown.first().cloned()
    {
        shown.push(first);
    }
    let Some(tariff) = shown.first_mut().and_then(|product| product.tariffs.first_mut()) else { return };
    match fault {
        Fault::MissingPrice => tariff.amount = None,
        Fault::NegativePremium => tariff.amount = Some(Decimal::NEGATIVE_ONE * Decimal::ONE_HUNDRED),
        Fault::UnknownCurrency => tariff.currency = "ZZZ",
        Fault::FlappingPrice if asked % 2 == 1 => tariff.amount = tariff.amount.map(|a| a + Decimal::ONE_HUNDRED),
        _ => {}
    }
}
