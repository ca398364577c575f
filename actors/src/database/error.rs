//! What the database said, which statement it was said to, and whether trying again can help.

use polis_schema::sql::Statement;
use thiserror::Error;
use tokio_postgres::error::SqlState;

/// An error of the database.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// The address does not parse.
    #[error("database address is not usable: {0}")]
    Address(tokio_postgres::Error),
    /// No connection to be had in time.
    #[error("no database connection")]
    Pool(#[from] deadpool_postgres::PoolError),
    /// A statement failed.
    #[error("{file}")]
    Statement {
        /// Its file below `schema/sql/`.
        file: &'static str,
        /// Why.
        #[source]
        source: tokio_postgres::Error,
    },
    /// A transaction could not begin or end.
    #[error("transaction")]
    Transaction(#[from] tokio_postgres::Error),
}

impl DatabaseError {
    pub(crate) fn of(statement: &Statement) -> impl FnOnce(tokio_postgres::Error) -> Self {
        let file = statement.file;
        move |source| Self::Statement { file, source }
    }

    /// Whether the same work can succeed later: the server is away, overloaded, or two transactions collided. What the
    /// server refuses because of its content is not passing.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Address(_) => false,
            Self::Pool(_) => true,
            Self::Statement { source, .. } | Self::Transaction(source) => passes(source),
        }
    }
}

fn passes(error: &tokio_postgres::Error) -> bool {
    let Some(state) = error.code() else {
        // Not from the server: a connection that broke passes, a parameter that does not convert never will.
        return error.is_closed() || std::error::Error::source(error).is_some_and(|s| s.is::<std::io::Error>());
    };
    let class = &state.code()[..2];
    // Connection, resources, operator intervention, system error, rollback (serialization, deadlock).
    matches!(class, "08" | "53" | "57" | "58" | "40" | "XX")
        || *state == SqlState::LOCK_NOT_AVAILABLE
        || *state == SqlState::READ_ONLY_SQL_TRANSACTION
}
