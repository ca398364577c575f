//! An amount in a currency, as it is shown.

use rust_decimal::Decimal;
use serde::Serialize;

/// An amount in a currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Amount.
    pub amount: Decimal,
    /// ISO 4217.
    pub currency: String,
}

impl Serialize for Price {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut amount = self.amount;
        amount.rescale(amount.scale().max(2));
        let mut price = serializer.serialize_struct("Price", 2)?;
        // Text, so that no reader makes a binary fraction of it.
        price.serialize_field("amount", &amount.to_string())?;
        price.serialize_field("currency", &self.currency)?;
        price.end()
    }
}
