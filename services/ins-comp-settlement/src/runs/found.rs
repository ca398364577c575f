//! What a run has found, as it was found: later decisions change nothing of it.

use polis_actors::database::{self, DatabaseError};
use polis_schema::sql::runs;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

/// A break, or what is not due yet, in the result of a run.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct RunBreak {
    /// Its place in the result.
    pub ordinal: i64,
    /// The same for the same break in every run.
    pub break_id: String,
    /// What is wrong.
    pub kind: String,
    /// Numbers of our policies.
    pub policies: Vec<String>,
    /// Places of lines in the register.
    pub lines: Vec<i64>,
    /// Our amount.
    pub ours: Option<Decimal>,
    /// Theirs.
    pub theirs: Option<Decimal>,
    /// Ours without theirs.
    pub difference: Option<Decimal>,
    /// Whose premium the tariff confirms: ours, theirs, neither, unknown.
    pub tariff_says: Option<String>,
    /// In a sentence, in Russian.
    pub explanation_ru: String,
    /// The same in English.
    pub explanation_en: String,
}

impl RunBreak {
    /// What a run has found, in the order of the result: of that kind, with that part of a policy number, behind that place.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list(
        client: &impl database::Run, run: i64, kind: Option<&str>, q: Option<&str>, after: i64, limit: i64,
    ) -> Result<Vec<Self>, DatabaseError> {
        Ok(client
            .all(&runs::BREAKS, &[&run, &kind, &q, &after, &limit])
            .await?
            .iter()
            .map(|row| Self::of(row, 0))
            .collect())
    }

    /// From eleven columns of a row, beginning with that one.
    pub(crate) fn of(row: &Row, first: usize) -> Self {
        Self {
            ordinal: row.get(first),
            break_id: row.get(first + 1),
            kind: row.get(first + 2),
            policies: row.get(first + 3),
            lines: row.get(first + 4),
            ours: row.get(first + 5),
            theirs: row.get(first + 6),
            difference: row.get(first + 7),
            tariff_says: row.get(first + 8),
            explanation_ru: row.get(first + 9),
            explanation_en: row.get(first + 10),
        }
    }
}
