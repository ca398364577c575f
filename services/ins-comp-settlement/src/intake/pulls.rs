//! The table of pulls: what is to be fetched by schedule, what came of it, and when it is tried again.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use polis_actors::database::{DatabaseError, Run};
use polis_schema::sql::pulls;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

use super::plan::Wanted;
use crate::register::Period;

/// A register that is to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) insurer: String,
    pub(super) due: Timestamp,
    pub(super) period: Period,
    pub(super) attempts: i32,
    pub(super) next_attempt_at: Timestamp,
    pub(super) last_error: Option<String>,
}

/// How fetching by schedule stands with an insurer: the pull that is waited for longest, otherwise the last one.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Pulled {
    /// When it was due.
    pub due: Timestamp,
    /// First day of the register.
    pub period_from: Date,
    /// Last day of the register.
    pub period_to: Date,
    /// How often it failed.
    pub attempts: i32,
    /// Why, last time.
    pub last_error: Option<String>,
    /// When it was over.
    pub done_at: Option<Timestamp>,
    /// Which register came.
    pub register_id: Option<i64>,
}

/// All that are not done, by insurer and time.
pub(super) async fn open(client: &impl Run) -> Result<Vec<Open>, DatabaseError> {
    let open = |row: &Row| Open {
        insurer: row.get(0),
        due: row.get(1),
        period: Period { from: row.get(2), to: row.get(3) },
        attempts: row.get(4),
        next_attempt_at: row.get(5),
        last_error: row.get(6),
    };
    Ok(client.all(&pulls::OPEN, &[]).await?.iter().map(open).collect())
}

/// Up to when each insurer is planned, as far as that has passed.
pub(super) async fn last(client: &impl Run, now: Timestamp) -> Result<BTreeMap<String, Timestamp>, DatabaseError> {
    Ok(client.all(&pulls::LAST, &[&now]).await?.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Plans these for an insurer, in the place of what was planned for later.
pub(super) async fn plan(
    client: &impl Run, insurer: &str, now: Timestamp, wanted: &[Wanted],
) -> Result<(), DatabaseError> {
    let due: Vec<Timestamp> = wanted.iter().map(|wanted| wanted.due).collect();
    let (from, to): (Vec<Date>, Vec<Date>) = wanted.iter().map(|wanted| (wanted.period.from, wanted.period.to)).unzip();
    client.run(&pulls::PLAN, &[&insurer, &now, &due, &from, &to]).await.map(drop)
}

/// Forgets what is planned for all others.
pub(super) async fn forget_others(client: &impl Run, insurers: &[&str]) -> Result<(), DatabaseError> {
    client.run(&pulls::FORGET, &[&insurers]).await.map(drop)
}

impl Open {
    /// Notes that it failed, and when it is tried again.
    pub(super) async fn failed(&self, client: &impl Run, why: &str, again: Timestamp) -> Result<(), DatabaseError> {
        client.run(&pulls::FAILED, &[&self.insurer, &self.due, &why, &again]).await.map(drop)
    }

    /// Notes that it is not waited for any more.
    pub(super) async fn give_up(&self, client: &impl Run, why: &str) -> Result<(), DatabaseError> {
        client.run(&pulls::GIVE_UP, &[&self.insurer, &self.due, &why]).await.map(drop)
    }
}

impl Pulled {
    /// How it stands, by insurer.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn all(client: &impl Run) -> Result<BTreeMap<String, Self>, DatabaseError> {
        let pulled = |row: &Row| Self {
            due: row.get(1),
            period_from: row.get(2),
            period_to: row.get(3),
            attempts: row.get(4),
            last_error: row.get(5),
            done_at: row.get(6),
            register_id: row.get(7),
        };
        let rows = client.all(&pulls::SHOWN, &[&Timestamp::now()]).await?;
        Ok(rows.iter().map(|row| (row.get(0), pulled(row))).collect())
    }
}
