//! Decisions of people upon breaks: all of those that are named, or none.

use std::collections::BTreeSet;

use deadpool_postgres::Transaction;
use polis_actors::admin::note;
use polis_actors::database::{Database, DatabaseError, Run};
use polis_schema::sql::{breaks, runs};
use thiserror::Error;

use super::row::Standing;
use super::state::{Refused, State};

/// Most breaks of one decision.
const MOST: usize = 10_000;

/// What is decided, and by whom.
#[derive(Clone, Debug)]
pub struct Decision<'d> {
    /// Upon which breaks.
    pub ids: &'d [i64],
    /// How it stands with them from now on; the same as before when absent.
    pub state: Option<State>,
    /// Who looks after them from now on, nobody when it is empty; the same as before when absent.
    pub owner: Option<&'d str>,
    /// Who says so.
    pub by: &'d str,
    /// Why.
    pub why: &'d str,
}

/// Why nothing is decided.
#[derive(Debug, Error)]
pub enum DecideError {
    /// Upon nothing.
    #[error("no break is named: give ids")]
    NoIds,
    /// More than can be held at once.
    #[error("{0} breaks are named, and at most {MOST} are decided upon at once")]
    TooMany(usize),
    /// Nothing is to change.
    #[error("give state, owner, or both")]
    Nothing,
    /// No such break.
    #[error("there is no break {0}; nothing is decided")]
    NoBreak(i64),
    /// Settled already.
    #[error(
        "break {id} is of a period that is closed with run {run}, by {by}; polisctl settlement reopen {run} opens it again; \
        nothing is decided"
    )]
    Closed {
        /// Which break.
        id: i64,
        /// The run that the period was closed with.
        run: i64,
        /// Who closed it.
        by: String,
    },
    /// Not in its state, or not without a reason.
    #[error("break {id} {refused}; nothing is decided")]
    Refused {
        /// Which break.
        id: i64,
        /// Why not.
        refused: Refused,
    },
    /// The database said no.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Decides upon breaks. They are answered as they are then, in the order of their numbers.
///
/// # Errors
/// Names the first break upon which this cannot be decided; nothing is decided then.
pub async fn decide(database: &Database, decision: &Decision<'_>) -> Result<Vec<Standing>, DecideError> {
    let ids: Vec<i64> = decision.ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    if ids.is_empty() {
        return Err(DecideError::NoIds);
    }
    if ids.len() > MOST {
        return Err(DecideError::TooMany(ids.len()));
    }
    if decision.state.is_none() && decision.owner.is_none() {
        return Err(DecideError::Nothing);
    }
    let mut client = database.get().await?;
    let transaction = client.transaction().await.map_err(DatabaseError::from)?;
    let held = hold(&transaction, &ids).await?;
    let mut states = Vec::with_capacity(held.len());
    for found in &held {
        states.push(after(found, decision)?.as_str());
    }
    let owner = decision.owner.map(str::trim).filter(|owner| !owner.is_empty());
    let Decision { by, why, .. } = decision;
    transaction.run(&breaks::DECIDE, &[&ids, &states, &decision.owner.is_some(), &owner, by, why]).await?;
    note(&transaction, by, "settlement.decide", &subject(&ids, decision), why).await?;
    let decided = transaction.all(&breaks::HOLD, &[&ids]).await?.iter().map(Standing::of).collect();
    transaction.commit().await.map_err(DatabaseError::from)?;
    Ok(decided)
}

/// The breaks, which nobody else touches until the transaction ends: neither a run that is about to end nor whoever follows events,
/// nor is a period closed.
async fn hold(transaction: &Transaction<'_>, ids: &[i64]) -> Result<Vec<Standing>, DecideError> {
    for row in transaction.all(&breaks::INSURERS_OF, &[&ids]).await? {
        transaction.first(&runs::ALONE, &[&row.get::<_, &str>(0)]).await?;
    }
    let held: Vec<Standing> = transaction.all(&breaks::HOLD, &[&ids]).await?.iter().map(Standing::of).collect();
    if let Some(missing) = ids.iter().find(|id| held.binary_search_by_key(*id, |found| found.id).is_err()) {
        return Err(DecideError::NoBreak(*missing));
    }
    match transaction.first(&breaks::CLOSED, &[&ids]).await? {
        Some(row) => Err(DecideError::Closed { id: row.get(0), run: row.get(1), by: row.get(2) }),
        None => Ok(held),
    }
}

fn after(found: &Standing, decision: &Decision<'_>) -> Result<State, DecideError> {
    // Only names that are known are ever written.
    let state = State::named(&found.state).unwrap_or(State::FIRST);
    state.decided(decision.state, decision.why).map_err(|refused| DecideError::Refused { id: found.id, refused })
}

/// `breaks 3, 7: disputed, owner petr`
fn subject(ids: &[i64], decision: &Decision<'_>) -> String {
    let ids = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    let state = decision.state.map(|state| state.to_string());
    let owner = decision.owner.map(|owner| format!("owner {}", if owner.trim().is_empty() { "nobody" } else { owner }));
    format!("breaks {ids}: {}", state.into_iter().chain(owner).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_of_operators_says_what_was_decided() {
        let decision =
            Decision { ids: &[7, 3], state: Some(State::Disputed), owner: Some("petr"), by: "olga", why: "" };
        assert_eq!(subject(&[3, 7], &decision), "breaks 3, 7: disputed, owner petr");
        let decision = Decision { state: None, owner: Some(""), ..decision };
        assert_eq!(subject(&[3], &decision), "breaks 3: owner nobody");
    }

    #[test]
    fn an_error_names_the_break_and_says_what_to_do() {
        let closed = DecideError::Closed { id: 7, run: 12, by: "olga".to_owned() };
        let text = "break 7 is of a period that is closed with run 12, by olga; polisctl settlement reopen 12 opens it again; \
            nothing is decided";
        assert_eq!(closed.to_string(), text);
        let refused = DecideError::Refused { id: 7, refused: Refused::NoWhy(State::Accepted) };
        assert_eq!(refused.to_string(), "break 7 is to be accepted, and nobody says why: give why; nothing is decided");
    }
}
