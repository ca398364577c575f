//! A product as lists and live updates show it: one shape for both.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Serialize;
use tokio_postgres::Row;

use polis_offers::{Price, ProductState};

/// A product in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Insurer.
    pub insurer_id: String,
    /// Product within the insurer.
    pub product_id: String,
    /// Name of the insurer.
    pub insurer_name: String,
    /// Grows with each change: a reader keeps the highest it has seen.
    pub revision: i64,
    /// Line of business.
    pub line: String,
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
    /// The insurer's page about it.
    pub url: String,
    /// The lowest current premium; null when priced on request.
    pub premium: Option<Price>,
    /// When it changed last.
    pub changed_at: Timestamp,
}

impl Item {
    /// From the columns of `catalogue/list.sql` and `catalogue/get.sql`.
    pub fn from_row(row: &Row) -> Self {
        let (currency, amount): (Option<String>, Option<Decimal>) = (row.get(8), row.get(9));
        Self {
            insurer_id: row.get(0),
            product_id: row.get(1),
            insurer_name: row.get(2),
            revision: row.get(3),
            line: row.get(4),
            name: row.get(5),
            description: row.get(6),
            url: row.get(7),
            premium: amount.zip(currency).map(|(amount, currency)| Price { amount, currency }),
            changed_at: row.get(10),
        }
    }
}

impl From<&ProductState> for Item {
    fn from(state: &ProductState) -> Self {
        Self {
            insurer_id: state.insurer_id.clone(),
            product_id: state.product_id.clone(),
            insurer_name: state.insurer_name.clone(),
            revision: state.revision,
            line: state.line.clone(),
            name: state.name.clone(),
            description: state.description.clone(),
            url: state.url.clone(),
            premium: state.lowest().cloned(),
            changed_at: state.changed_at,
        }
    }
}
