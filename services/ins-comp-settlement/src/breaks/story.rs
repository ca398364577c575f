//! All of a break: what it is, what happened to it, and what both sides say of what it is about.

use polis_actors::database::{DatabaseError, Run};
use polis_schema::sql::breaks;
use serde::{Deserialize, Serialize};

use super::row::{Event, Standing};
use crate::admin::policies::{self, Policy};
use crate::intake::{RegisterLine, lines_of};
use crate::runs;

/// More than these a person does not read; the break names all.
const MOST_POLICIES: usize = 100;
const MOST_LINES: usize = 1000;

/// All of a break.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Story {
    /// The break.
    #[serde(rename = "break")]
    pub standing: Standing,
    /// What happened to it, in order.
    pub history: Vec<Event>,
    /// Our policies as they are known now, with their tariffs: those that it names, and those that we have under the numbers of its
    /// lines.
    pub policies: Vec<Policy>,
    /// The lines, as they stand in the register of its last run; none when they are too old to be kept.
    pub lines: Vec<RegisterLine>,
}

impl Story {
    /// The story of a break.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn load(client: &impl Run, id: i64) -> Result<Option<Self>, DatabaseError> {
        let Some(row) = client.first(&breaks::SHOW, &[&id]).await? else { return Ok(None) };
        let (standing, keys) = (Standing::of(&row), row.get::<_, Vec<String>>(20));
        let history = Event::list(client, id).await?;
        let lines = match runs::Run::load(client, standing.last_run).await? {
            Some(run) => lines_of(client, run.register_id, few(&standing.lines, MOST_LINES)).await?,
            None => Vec::new(),
        };
        let policies = policies_of(client, &standing, &keys).await?;
        Ok(Some(Self { standing, history, policies, lines }))
    }
}

async fn policies_of(client: &impl Run, found: &Standing, keys: &[String]) -> Result<Vec<Policy>, DatabaseError> {
    let mut numbers = few(&found.policies, MOST_POLICIES).to_vec();
    let most = i64::try_from(MOST_POLICIES).unwrap_or(i64::MAX);
    for row in client.all(&breaks::NUMBERS_OF, &[&found.insurer_id, &keys, &most]).await? {
        let number: String = row.get(0);
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    let mut shown = Vec::with_capacity(numbers.len());
    for number in &numbers {
        shown.extend(policies::show(client, number).await?);
    }
    Ok(shown)
}

fn few<T>(all: &[T], most: usize) -> &[T] {
    all.get(..most).unwrap_or(all)
}
