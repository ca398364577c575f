//! A break as it is shown, and what happened to it.

use jiff::Timestamp;
use jiff::civil::Date;
use polis_actors::database::{DatabaseError, Run};
use polis_schema::sql::breaks;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

/// A break as people work on it: one for each insurer, period and identity.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Its number.
    pub id: i64,
    /// With whom.
    pub insurer_id: String,
    /// First day of the period.
    pub period_from: Date,
    /// Last day of the period.
    pub period_to: Date,
    /// The same for the same break in every run.
    pub break_id: String,
    /// What is wrong.
    pub kind: String,
    /// How it stands: open, explained, accepted, disputed, corrected.
    pub state: String,
    /// Who looks after it.
    pub owner: Option<String>,
    /// The run that found it first.
    pub first_run: i64,
    /// The run that found it last.
    pub last_run: i64,
    /// Numbers of our policies.
    pub policies: Vec<String>,
    /// Places of lines in the register of the last run.
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
    /// Since when it stands; of one that was corrected and found again, since then.
    pub opened_at: Timestamp,
    /// When something happened to it last.
    pub changed_at: Timestamp,
}

/// Something that happened to a break.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Who did it: a person, a run, or an event.
    pub by: String,
    /// What: found, changed, `found_again`, gone, decided.
    pub what: String,
    /// The state since then.
    pub state: String,
    /// The owner since then.
    pub owner: Option<String>,
    /// Which run, if one did it.
    pub run_id: Option<i64>,
    /// Our amount at that time.
    pub ours: Option<Decimal>,
    /// Theirs.
    pub theirs: Option<Decimal>,
    /// Ours without theirs.
    pub difference: Option<Decimal>,
    /// Why.
    pub why: String,
}

/// Which breaks are wanted; what is absent does not matter.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter<'f> {
    /// With whom.
    pub insurer: Option<&'f str>,
    /// What is wrong.
    pub kind: Option<&'f str>,
    /// How it stands.
    pub state: Option<&'f str>,
    /// Who looks after it; empty: nobody.
    pub owner: Option<&'f str>,
    /// A part of a policy number.
    pub number: Option<&'f str>,
    /// Of periods from this day on.
    pub from: Option<Date>,
    /// Of periods until this day.
    pub to: Option<Date>,
}

impl Standing {
    /// The break of a number.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn load(client: &impl Run, id: i64) -> Result<Option<Self>, DatabaseError> {
        Ok(client.first(&breaks::SHOW, &[&id]).await?.as_ref().map(Self::of))
    }

    /// Breaks in the order of their numbers, behind that one.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list(
        client: &impl Run, filter: &Filter<'_>, behind: i64, limit: i64,
    ) -> Result<Vec<Self>, DatabaseError> {
        let Filter { insurer, kind, state, owner, number, from, to } = filter;
        let rows = client.all(&breaks::LIST, &[insurer, kind, state, owner, number, from, to, &behind, &limit]).await?;
        Ok(rows.iter().map(Self::of).collect())
    }

    pub(super) fn of(row: &Row) -> Self {
        Self {
            id: row.get(0),
            insurer_id: row.get(1),
            period_from: row.get(2),
            period_to: row.get(3),
            break_id: row.get(4),
            kind: row.get(5),
            state: row.get(6),
            owner: row.get(7),
            first_run: row.get(8),
            last_run: row.get(9),
            policies: row.get(10),
            lines: row.get(11),
            ours: row.get(12),
            theirs: row.get(13),
            difference: row.get(14),
            tariff_says: row.get(15),
            explanation_ru: row.get(16),
            explanation_en: row.get(17),
            opened_at: row.get(18),
            changed_at: row.get(19),
        }
    }
}

impl Event {
    /// What happened to a break, in its order.
    pub(super) async fn list(client: &impl Run, id: i64) -> Result<Vec<Self>, DatabaseError> {
        Ok(client.all(&breaks::HISTORY, &[&id]).await?.iter().map(Self::of).collect())
    }

    fn of(row: &Row) -> Self {
        Self {
            at: row.get(0),
            by: row.get(1),
            what: row.get(2),
            state: row.get(3),
            owner: row.get(4),
            run_id: row.get(5),
            ours: row.get(6),
            theirs: row.get(7),
            difference: row.get(8),
            why: row.get(9),
        }
    }
}
