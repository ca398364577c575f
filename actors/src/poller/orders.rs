//! What an operator wants of a poller, changed while it runs.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;

/// What an operator wants of the poller of one insurer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Orders {
    /// It rests until told otherwise.
    pub paused: bool,
    /// In place of the period of its schedule.
    pub every: Option<Duration>,
    /// Polled at once, when it has not been since.
    pub poll_now_at: Option<Timestamp>,
}

/// The orders of all insurers, by insurer; those without orders are absent.
#[derive(Clone, Debug)]
pub struct OrderBook(watch::Receiver<Arc<HashMap<String, Orders>>>);

/// Where orders are given.
pub type OrderDesk = watch::Sender<Arc<HashMap<String, Orders>>>;

impl OrderBook {
    /// A desk and its book, without orders.
    pub fn open() -> (OrderDesk, Self) {
        let (desk, book) = watch::channel(Arc::default());
        (desk, Self(book))
    }

    /// The orders for an insurer; they count as seen.
    pub fn of(&mut self, insurer: &str) -> Orders {
        self.0.borrow_and_update().get(insurer).cloned().unwrap_or_default()
    }

    /// Waits for other orders for this insurer. Never ends when the desk is gone: the last ones hold.
    pub async fn others(&mut self, insurer: &str, known: &Orders) -> Orders {
        while self.0.changed().await.is_ok() {
            let orders = self.of(insurer);
            if orders != *known {
                return orders;
            }
        }
        std::future::pending().await
    }
}
