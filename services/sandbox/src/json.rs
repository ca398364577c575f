//! The catalogue in JSON.

use serde_json::{Map, Value, json};

use crate::exhibit::Shown;

/// Programs by line, in them products by identifier, in them prices by code: names that say what others put into fields.
pub(crate) fn programs(shown: &[Shown]) -> Value {
    let mut programs = Map::new();
    for product in shown {
        let prices = product.tariffs.iter().map(|tariff| {
            let amount = tariff.amount.map(|amount| format!("{amount:.2}"));
            let price = json!({ "title": tariff.title, "amount": amount, "since": tariff.from });
            (tariff.code.clone(), price)
        });
        let of = json!({
            "title": product.title,
            "summary": product.summary,
            "link": product.link,
            "currency": product.tariffs.first().map(|tariff| tariff.currency),
            "prices": prices.collect::<Map<_, _>>(),
        });
        // An object has a name once: what is there twice stands in another program.
        let taken = |program: &Value| program["products"].get(&product.id).is_some();
        let again = if programs.get(&product.line).is_some_and(taken) { "-archive" } else { "" };
        let program = programs
            .entry(format!("{}{again}", product.line))
            .or_insert_with(|| json!({ "line": product.line, "products": {} }));
        program["products"][&product.id] = of;
    }
    programs.into()
}

pub(crate) fn products(shown: &[Shown]) -> Vec<Value> {
    let tariffs = |product: &Shown| -> Vec<Value> {
        let tariffs = product.tariffs.iter().map(|tariff| {
            let mut premium = json!({ "currency": tariff.currency });
            if let Some(amount) = tariff.amount {
                premium["amount"] = format!("{amount:.2}").into();
            }
            json!({ "code": tariff.code, "title": tariff.title, "premium": premium, "from": tariff.from })
        });
        tariffs.collect()
    };
    let products = shown.iter().map(|product| {
        json!({
            "id": product.id,
            "title": product.title,
            "line": product.line,
            "summary": product.summary,
            "link": product.link,
            "tariffs": tariffs(product),
            // A field that nobody asked for, as real feeds have.
            "internal_rank": product.id.len(),
        })
    });
    products.collect()
}
