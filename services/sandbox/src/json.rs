//! The catalogue in JSON.

use serde_json::{Value, json};

use crate::exhibit::Shown;

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
