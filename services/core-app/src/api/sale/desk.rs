//! What the handlers of the sale work with.

use std::sync::Arc;

use polis_actors::config::Period;
use polis_actors::database::{Database, listen_each};
use polis_actors::http::Problem;
use polis_actors::runtime::Guarded;
use serde::Deserialize;
use tokio::sync::broadcast;
use uuid::Uuid;
use warp::http::StatusCode;

use crate::sale::provider::Provider;
use crate::sale::store::SaleError;
use crate::sale::{News, Refusal, Topics};

/// Times of the sale.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SaleConfig {
    /// How long a quoted price holds.
    pub quote: Period,
    /// How long a reservation waits to be paid for.
    pub reservation: Period,
    /// How long one attempt to pay may take.
    pub payment: Period,
}

/// What the handlers share.
#[derive(Clone)]
pub struct Desk {
    /// The application's database.
    pub database: Database,
    /// Where messages go.
    pub topics: Topics,
    /// The payment provider.
    pub provider: Provider,
    /// Times.
    pub config: SaleConfig,
    /// Where browsers reach us.
    pub public: Arc<str>,
    /// Tells of changes.
    pub news: News,
    /// Applications that have changed; none says that some may have been missed.
    pub changes: broadcast::Sender<Option<Uuid>>,
    _listening: Arc<Guarded<()>>,
}

/// The channel that [`News`] notifies.
const CHANNEL: &str = "applications";
/// Changes that a slow stream may fall behind before it looks for itself.
const BEHIND: usize = 1024;

impl Desk {
    /// A desk on this database. Call it on the process's runtime: it listens from now on.
    pub fn open(
        database: &Database, topics: Topics, provider: Provider, config: SaleConfig, public: Arc<str>, news: News,
    ) -> Self {
        let changes = broadcast::Sender::new(BEHIND);
        let told = changes.clone();
        let listening = listen_each(database, CHANNEL, move |id| {
            // Nobody watches: nothing is lost.
            let _ = told.send(id.and_then(|id| id.parse().ok()));
        });
        Self {
            database: database.clone(),
            topics,
            provider,
            config,
            public,
            news,
            changes,
            _listening: Arc::new(listening),
        }
    }
}

impl From<SaleError> for Problem {
    fn from(error: SaleError) -> Self {
        let text = error.to_string();
        match error {
            SaleError::Database(error) => error.into(),
            SaleError::Personal(error) => error.into(),
            SaleError::Unknown => Self::not_found(text),
            SaleError::Conflict | SaleError::Refused(Refusal::AlreadyDone) => Self::conflict(text),
            SaleError::Refused(Refusal::NotNow { state, .. }) => {
                Self::conflict(text).with("status_now", state.as_str())
            }
            SaleError::Refused(Refusal::TooLate { .. } | Refusal::CoverBegun(_)) => Self::new(StatusCode::GONE, text),
            SaleError::Refused(Refusal::RefundDiffers { .. })
            | SaleError::Unreadable { .. }
            | SaleError::Amount { .. } => {
                tracing::error!(error = text, "request failed");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the request could not be answered")
            }
        }
    }
}
