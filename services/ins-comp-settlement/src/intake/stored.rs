//! Registers that are kept, and their lines, as they are shown.

use jiff::Timestamp;
use jiff::civil::Date;
use polis_actors::database::{self, DatabaseError};
use polis_schema::sql::{registers, runs};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use crate::register::Reason;

/// An insurer's statement of policies.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Register {
    /// Its number.
    pub id: i64,
    /// Whose it is.
    pub insurer_id: String,
    /// First day of its period.
    pub period_from: Date,
    /// Last day of its period.
    pub period_to: Date,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// SHA-256 of the description by which it was read, in hexadecimal.
    pub description_sha256: String,
    /// Name of the file.
    pub file_name: String,
    /// How it came: upload, pull, folder.
    pub source: String,
    /// By whom.
    pub received_by: String,
    /// When.
    pub received_at: Timestamp,
    /// Size of the file.
    pub bytes: i64,
    /// ISO 4217.
    pub currency: String,
    /// Lines that can be read.
    pub lines: i64,
    /// Lines that cannot.
    pub unreadable: i64,
    /// Premiums of the lines that can be read.
    pub premium: Decimal,
    /// Their commission.
    pub commission: Decimal,
    /// What was paid back.
    pub refund: Decimal,
    /// What was seen while it was read.
    pub reading: Value,
    /// When its lines were dropped, being older than is kept.
    pub lines_dropped_at: Option<Timestamp>,
}

/// A line of a register that can be read.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct RegisterLine {
    /// Where it stands in the file.
    pub number: i64,
    /// The number of the policy, as it is written.
    pub policy_number: String,
    /// The insurer's code of the product.
    pub product: Option<String>,
    /// What was paid.
    pub premium: Decimal,
    /// What the marketplace gets of it.
    pub commission: Option<Decimal>,
    /// When it was issued.
    pub issued_on: Option<Date>,
    /// First day of cover.
    pub starts_on: Option<Date>,
    /// Last day of cover.
    pub ends_on: Option<Date>,
    /// Whether it was given up before its end.
    pub cancelled: bool,
    /// First day without cover.
    pub cancelled_from: Option<Date>,
    /// What was paid back.
    pub refund: Option<Decimal>,
}

/// A line of a register that cannot be read.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct UnreadableLine {
    /// Where it stands in the file.
    pub number: i64,
    /// The sheet, of a workbook.
    pub sheet: Option<String>,
    /// What is wrong with it.
    pub wrong: Vec<Wrong>,
    /// The line as it came, cut to a length that a person reads.
    pub text: String,
}

/// What is wrong in a column of a line.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Wrong {
    /// Which one, by its name in the file.
    pub column: String,
    /// Why it cannot be read, in Russian.
    pub explanation_ru: String,
    /// The same in English.
    pub explanation_en: String,
}

impl Register {
    /// The register of a number.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn load(client: &impl database::Run, id: i64) -> Result<Option<Self>, DatabaseError> {
        Ok(client.first(&registers::SHOW, &[&id]).await?.as_ref().map(Self::of))
    }

    /// Registers, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list(
        client: &impl database::Run, insurer: Option<&str>, before: Option<i64>, limit: i64,
    ) -> Result<Vec<Self>, DatabaseError> {
        Ok(client.all(&registers::LIST, &[&insurer, &before, &limit]).await?.iter().map(Self::of).collect())
    }

    fn of(row: &Row) -> Self {
        Self {
            id: row.get(0),
            insurer_id: row.get(1),
            period_from: row.get(2),
            period_to: row.get(3),
            sha256: row.get(4),
            description_sha256: row.get(5),
            file_name: row.get(6),
            source: row.get(7),
            received_by: row.get(8),
            received_at: row.get(9),
            bytes: row.get(10),
            currency: row.get(11),
            lines: row.get(12),
            unreadable: row.get(13),
            premium: shown(row.get(14)),
            commission: shown(row.get(15)),
            refund: shown(row.get(16)),
            reading: row.get(17),
            lines_dropped_at: row.get(18),
        }
    }
}

/// A few lines of a register, in its order. There are none when they were dropped.
///
/// # Errors
/// When the database is away.
pub async fn lines_of(
    client: &impl database::Run, register: i64, numbers: &[i64],
) -> Result<Vec<RegisterLine>, DatabaseError> {
    let rows = client.all(&registers::LINES_OF, &[&register, &numbers]).await?;
    let line = |row: &Row| RegisterLine {
        number: row.get(0),
        policy_number: row.get(1),
        product: row.get(2),
        premium: shown(row.get(3)),
        commission: row.get::<_, Option<Decimal>>(4).map(shown),
        issued_on: row.get(5),
        starts_on: row.get(6),
        ends_on: row.get(7),
        cancelled: row.get(8),
        cancelled_from: row.get(9),
        refund: row.get::<_, Option<Decimal>>(10).map(shown),
    };
    Ok(rows.iter().map(line).collect())
}

/// Lines of a register that cannot be read, in its order, behind that one.
///
/// # Errors
/// When the database is away.
pub async fn unreadable(
    client: &impl database::Run, register: i64, after: i64, limit: i64,
) -> Result<Vec<UnreadableLine>, DatabaseError> {
    let rows = client.all(&runs::UNREADABLE, &[&register, &after, &limit]).await?;
    let wrong = |(column, reason): (String, Reason)| Wrong {
        column,
        explanation_ru: reason.russian(),
        explanation_en: reason.to_string(),
    };
    let line = |row: &Row| UnreadableLine {
        number: row.get(0),
        sheet: row.get(1),
        wrong: row.get::<_, Json<Vec<(String, Reason)>>>(2).0.into_iter().map(wrong).collect(),
        text: row.get(3),
    };
    Ok(rows.iter().map(line).collect())
}

/// With two places at least.
fn shown(mut amount: Decimal) -> Decimal {
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    amount
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_shown_with_kopecks() {
        for (amount, expected) in [("0", "0.00"), ("1234.5", "1234.50"), ("-1.255", "-1.255")] {
            assert_eq!(shown(amount.parse().unwrap()).to_string(), expected);
        }
    }
}
