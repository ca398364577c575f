//! A run as it is shown.

use jiff::Timestamp;
use jiff::civil::Date;
use polis_actors::database::{self, DatabaseError};
use polis_schema::sql::runs;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use crate::matching::Totals;

/// A reconciliation of a register with what was sold.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Run {
    /// Its number.
    pub id: i64,
    /// Which register.
    pub register_id: i64,
    /// Of which insurer.
    pub insurer_id: String,
    /// First day of the period.
    pub period_from: Date,
    /// Last day of the period.
    pub period_to: Date,
    /// ISO 4217.
    pub currency: String,
    /// ordered, matching, done, failed
    pub state: String,
    /// Why it was ordered: order, receipt, schedule.
    pub cause: String,
    /// When.
    pub ordered_at: Timestamp,
    /// By whom.
    pub ordered_by: String,
    /// In their words.
    pub why: String,
    /// How often it was begun.
    pub attempts: i32,
    /// When its input was frozen.
    pub frozen_at: Option<Timestamp>,
    /// The day of it, where the insurer is.
    pub today: Option<Date>,
    /// The version of the rules.
    pub rules_version: Option<String>,
    /// SHA-256 of the rules, in hexadecimal.
    pub rules_sha256: Option<String>,
    /// By topic and partition, the next offset when it was frozen.
    pub positions: Option<Value>,
    /// How many policies it is about.
    pub policies: Option<i64>,
    /// How many lines can be read.
    pub lines: i64,
    /// How many cannot.
    pub unreadable: i64,
    /// The file of the register.
    pub file_name: String,
    /// SHA-256 of the file, in hexadecimal.
    pub register_sha256: String,
    /// How many policies have been looked at.
    pub done_policies: i64,
    /// How many lines have been looked at.
    pub done_lines: i64,
    /// When it was begun last.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How many breaks it has found; what is not due yet is none.
    pub breaks: Option<i64>,
    /// The result in figures.
    pub totals: Option<Totals>,
    /// SHA-256 over all pieces of the result, in hexadecimal: the same for the same input.
    pub result_sha256: Option<String>,
    /// Why it has no result.
    pub error: Option<String>,
    /// That its period is closed.
    pub closed: Option<Closed>,
}

/// Who closed a period.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Closed {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why.
    pub why: String,
}

impl Run {
    /// The run of a number.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn load(client: &impl database::Run, id: i64) -> Result<Option<Self>, DatabaseError> {
        Ok(client.first(&runs::SHOW, &[&id]).await?.as_ref().map(Self::of))
    }

    /// Runs, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list(
        client: &impl database::Run, insurer: Option<&str>, before: Option<i64>, limit: i64,
    ) -> Result<Vec<Self>, DatabaseError> {
        Ok(client.all(&runs::LIST, &[&insurer, &before, &limit]).await?.iter().map(Self::of).collect())
    }

    /// The last finished run before this one, of the same insurer and period.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn before(&self, client: &impl database::Run) -> Result<Option<Self>, DatabaseError> {
        Ok(client.first(&runs::BEFORE, &[&self.id]).await?.as_ref().map(Self::of))
    }

    fn of(row: &Row) -> Self {
        let closed = row.get::<_, Option<Timestamp>>(30);
        Self {
            id: row.get(0),
            register_id: row.get(1),
            insurer_id: row.get(2),
            period_from: row.get(3),
            period_to: row.get(4),
            currency: row.get(5),
            state: row.get(6),
            cause: row.get(7),
            ordered_at: row.get(8),
            ordered_by: row.get(9),
            why: row.get(10),
            attempts: row.get(11),
            frozen_at: row.get(12),
            today: row.get(13),
            rules_version: row.get(14),
            rules_sha256: row.get(15),
            positions: row.get(16),
            policies: row.get(17),
            lines: row.get(18),
            unreadable: row.get(19),
            file_name: row.get(20),
            register_sha256: row.get(21),
            done_policies: row.get(22),
            done_lines: row.get(23),
            started_at: row.get(24),
            finished_at: row.get(25),
            breaks: row.get(26),
            totals: row.get::<_, Option<Json<Totals>>>(27).map(|totals| totals.0),
            result_sha256: row.get(28),
            error: row.get(29),
            closed: closed.map(|at| Closed { at, by: row.get(31), why: row.get(32) }),
        }
    }
}
