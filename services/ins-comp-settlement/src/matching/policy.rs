//! A policy as we sold it, with what is expected of it.

use jiff::civil::Date;
use rust_decimal::Decimal;
use uuid::Uuid;

/// What we know of a policy, from Kafka alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Its number.
    pub number: String,
    /// Of which application.
    pub application_id: Uuid,
    /// Which product, by our name of it.
    pub product_id: String,
    /// At which tariff, and which version of it.
    pub tariff: (String, i64),
    /// What was paid.
    pub premium: Decimal,
    /// What the tariff that was valid when it was issued says; none when that tariff is not known.
    pub expected_premium: Option<Decimal>,
    /// The day of issue, where the insurer is.
    pub issued_on: Date,
    /// First day of cover.
    pub starts_on: Date,
    /// Last day of cover.
    pub ends_on: Date,
    /// First day without cover, when it was cancelled.
    pub cancelled_from: Option<Date>,
    /// What was paid back.
    pub refund: Decimal,
}
