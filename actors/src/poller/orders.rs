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
pub struct OrderBook(watch::Receiver<Option<Arc<HashMap<String, Orders>>>>);

/// Where orders are given: nothing until they are known.
pub type OrderDesk = watch::Sender<Option<Arc<HashMap<String, Orders>>>>;

impl OrderBook {
    /// A desk and its book, in which nothing is known yet.
    pub fn open() -> (OrderDesk, Self) {
        let (desk, book) = watch::channel(None);
        (desk, Self(book))
    }

    /// The orders for an insurer; they count as seen. Waits until orders are known: nobody is polled who was told to rest
    /// before we began. A desk that is gone has given none.
    pub async fn of(&mut self, insurer: &str) -> Orders {
        match self.0.wait_for(Option::is_some).await {
            Ok(known) => known.as_ref().and_then(|known| known.get(insurer)).cloned().unwrap_or_default(),
            Err(_) => Orders::default(),
        }
    }

    /// Waits for other orders for this insurer. Never ends when the desk is gone: the last ones hold.
    pub async fn others(&mut self, insurer: &str, known: &Orders) -> Orders {
        while self.0.changed().await.is_ok() {
            let orders = self.of(insurer).await;
            if orders != *known {
                return orders;
            }
        }
        std::future::pending().await
    }
}
