//! Why a register is not taken.

use std::io;
use std::path::PathBuf;

use jiff::civil::Date;
use polis_actors::database::DatabaseError;
use thiserror::Error;

use super::fetch::FetchError;
use crate::insurers::InsurersError;
use crate::register::RegisterError;
use crate::runs::OrderError;

/// Why a register is not taken. Nothing of it is kept then.
#[derive(Debug, Error)]
pub enum IntakeError {
    /// There is no such insurer, or its file cannot be used.
    #[error(transparent)]
    Insurer(#[from] InsurersError),
    /// Days in the wrong order.
    #[error("the period ends on {to}, before it begins on {from}")]
    Period {
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
    },
    /// Nobody says of which days it is.
    #[error(
        "{0} does not say of which days it is: put them at the end of its name, as in register_2026-11-01_2026-11-30.csv, or describe in [register.expect.period] where the insurer says it"
    )]
    NoPeriod(String),
    /// The period is settled.
    #[error(transparent)]
    Closed(OrderError),
    /// It cannot be read.
    #[error(transparent)]
    Refused(RegisterError),
    /// There is nothing to compare.
    #[error("{0} has no lines; ask the insurer whether this is all of it")]
    NoLines(String),
    /// The reader gave up.
    #[error("{0} is built so that its reader fails; ask for it in another format, and tell the developers")]
    Panicked(String),
    /// More than is taken.
    #[error(
        "{name} is larger than the {most} bytes that intake.most_bytes allows; ask for it in parts, or raise the limit"
    )]
    TooLarge {
        /// The name of the file.
        name: String,
        /// How many bytes are allowed.
        most: u64,
    },
    /// It ended before its end.
    #[error("{name} broke off after {bytes} bytes: {cause}; send it again")]
    BrokenOff {
        /// The name of the file.
        name: String,
        /// How many came.
        bytes: u64,
        /// Why no more did.
        cause: String,
    },
    /// It cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// There is no room for it while it is read.
    #[error("the directory {} of intake.spool cannot be used", directory.display())]
    Spool {
        /// Where.
        directory: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file that was found cannot be read.
    #[error("{} cannot be read", path.display())]
    Found {
        /// Which one.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Another instance has taken over, or this one is being stopped.
    #[error("this instance does not do it any more; try again")]
    Lost,
    /// The database said no.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl IntakeError {
    /// Whether the same can succeed later without anybody sending something else or mending a file.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Insurer(error) => error.is_passing(),
            Self::Database(error) => error.is_passing(),
            Self::Fetch(error) => error.is_passing(),
            Self::BrokenOff { .. } | Self::Spool { .. } | Self::Found { .. } | Self::Lost => true,
            _ => false,
        }
    }

    /// A word for counters, the same for all texts of one kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Insurer(InsurersError::Unknown { .. }) => "unknown-insurer",
            Self::Insurer(_) => "insurer-file",
            Self::Period { .. } => "period",
            Self::NoPeriod(_) => "no-period",
            Self::Closed(_) => "closed",
            Self::Refused(error) => error.fault.kind(),
            Self::NoLines(_) => "no-lines",
            Self::Panicked(_) => "panicked",
            Self::TooLarge { .. } => "too-large",
            Self::BrokenOff { .. } => "broken-off",
            Self::Fetch(_) => "fetch",
            Self::Spool { .. } => "spool",
            Self::Found { .. } => "found",
            Self::Lost => "lost",
            Self::Database(_) => "database",
        }
    }
}

/// What says that a period is closed may also say that the database is away.
impl From<OrderError> for IntakeError {
    fn from(error: OrderError) -> Self {
        match error {
            OrderError::Database(error) => Self::Database(error),
            error => Self::Closed(error),
        }
    }
}

impl From<tokio_postgres::Error> for IntakeError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(error.into())
    }
}
