//! What is done beside consuming, between two batches: dead letters that wait are tried again when they are due, orders are carried
//! out, each at its rate. On notification and by itself from time to time.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use polis_schema::sql::replays;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_postgres::Row;

use super::apply::Applier;
use super::figures;
use super::letters::try_again;
use super::live::Live;
use super::range::Range;
use super::{ConsumerError, Projection};
use crate::database::{Database, Run, listen_each};
use crate::kafka::Broker;
use crate::runtime::{Backoff, Guarded};

/// When it looks by itself.
const LOOK: Duration = Duration::from_secs(5);
/// Most records of a step: so long the records of the topic wait at most.
const MOST: usize = 1000;
/// At a limited rate, steps are this part of a second.
const STEPS: f64 = 10.0;
/// Rest when an order had nothing to do here at the moment.
const REST: Duration = Duration::from_millis(50);
/// Rest after an error.
const WAIT: Backoff = Backoff {
    first: Duration::from_millis(200),
    cap: Duration::from_secs(5),
    jitter: 0.2,
    healthy_after: Duration::from_secs(10),
};

/// Hears of orders, for all partitions of a consumer over one connection.
#[derive(Clone)]
pub(crate) struct Orders {
    heard: watch::Receiver<u64>,
    _listening: Arc<Guarded<()>>,
}

impl Orders {
    pub(crate) fn of(database: &Database) -> Self {
        let (tell, heard) = watch::channel(0);
        let listening = listen_each(database, "replays", move |_| tell.send_modify(|times| *times += 1));
        Self { heard, _listening: Arc::new(listening) }
    }
}

/// An order that is open in this partition.
pub(crate) struct Order {
    pub(crate) id: i64,
    pub(crate) by: String,
    pub(crate) why: String,
    /// Whether records of a range have their effects again.
    pub(crate) force: bool,
    /// Records a second, in this partition.
    rate: f64,
    /// Of a range of the topic.
    range: Option<Extent>,
}

/// What a range is, as it was ordered, and how far it is.
pub(crate) struct Extent {
    pub(crate) from_offset: Option<i64>,
    pub(crate) from_time: Option<Timestamp>,
    pub(crate) to_offset: Option<i64>,
    pub(crate) to_time: Option<Timestamp>,
    /// Both absent until the owner of the partition has looked.
    pub(crate) next: Option<i64>,
    pub(crate) to: Option<i64>,
}

impl Order {
    fn of(row: &Row) -> Self {
        let range = (row.get::<_, &str>(1) == "range").then(|| Extent {
            from_offset: row.get(5),
            from_time: row.get(6),
            to_offset: row.get(7),
            to_time: row.get(8),
            next: row.get(9),
            to: row.get(10),
        });
        Self { id: row.get(0), by: row.get(2), why: row.get(3), rate: row.get(4), force: row.get(11), range }
    }
}

/// An order that is being carried out.
struct Ongoing {
    pace: Pace,
    range: Option<Range>,
}

/// Keeps to a rate.
struct Pace {
    /// When the next step may be.
    next: Instant,
}

impl Pace {
    /// Most records of a step.
    fn most(rate: f64) -> usize {
        // Between 1 and MOST, so it fits.
        (rate / STEPS).ceil().clamp(1.0, MOST as f64) as usize
    }

    /// A step that began then took so many records. Time that was not used is not made up for.
    fn took(&mut self, began: Instant, records: usize, rate: f64) {
        self.next = self.next.max(began) + Duration::from_secs_f64(records as f64 / rate);
    }
}

/// What a partition does beside consuming.
pub(crate) struct Aside {
    orders: Orders,
    broker: Broker,
    /// When there may be something to do.
    next: Instant,
    /// Errors in a row, what the last one was, and until when to rest after it.
    errors: u32,
    trouble: Option<String>,
    rest: Instant,
    ongoing: HashMap<i64, Ongoing>,
}

impl Aside {
    pub(crate) fn new(orders: &Orders, broker: &Broker) -> Self {
        let now = Instant::now();
        let (orders, broker) = (orders.clone(), broker.clone());
        Self { orders, broker, next: now, errors: 0, trouble: None, rest: now, ongoing: HashMap::new() }
    }

    /// Waits until there may be something to do.
    pub(crate) async fn due(&mut self) {
        let heard = &mut self.orders.heard;
        let told = async {
            if heard.changed().await.is_err() {
                // Nobody tells any more: it looks by itself.
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            () = told => self.next = self.rest,
            () = tokio::time::sleep_until(self.next) => return,
        }
        tokio::time::sleep_until(self.next).await;
    }

    /// Whether there may be something to do.
    pub(crate) fn is_due(&mut self) -> bool {
        if self.orders.heard.has_changed().unwrap_or_default() {
            self.orders.heard.mark_unchanged();
            self.next = self.rest;
        }
        self.next <= Instant::now()
    }

    /// Looks within that time.
    pub(crate) fn look_within(&mut self, time: Duration) {
        self.next = self.next.min(Instant::now() + time).max(self.rest);
    }

    /// What it cannot do at present, and why.
    pub(crate) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Does what there is to do, one step of each. What goes wrong is tried again later; only the loss of the partition is an error.
    pub(crate) async fn step<P: Projection>(
        &mut self, applier: &mut Applier<P>, live: &mut Live,
    ) -> Result<(), ConsumerError> {
        match self.try_step(applier, live).await {
            Ok(next) => {
                (self.errors, self.trouble) = (0, None);
                self.next = next;
                Ok(())
            }
            Err(ConsumerError::Fenced) => Err(ConsumerError::Fenced),
            Err(ConsumerError::Decided) => {
                self.next = Instant::now();
                Ok(())
            }
            Err(error) => {
                let text = crate::runtime::error_text(&error);
                let place = &applier.owned.place;
                if self.errors == 0 {
                    tracing::warn!(
                        consumer = place.consumer,
                        partition = place.partition,
                        error = text,
                        "dead letters wait"
                    );
                }
                figures::retried(place);
                self.trouble = Some(text);
                // A connection that broke is not used again.
                self.ongoing.values_mut().for_each(|ongoing| ongoing.range = None);
                self.rest = Instant::now() + WAIT.delay(self.errors, fastrand::f64());
                self.next = self.rest;
                self.errors = self.errors.saturating_add(1);
                Ok(())
            }
        }
    }

    /// Answers when there may be something to do again.
    async fn try_step<P: Projection>(
        &mut self, applier: &mut Applier<P>, live: &mut Live,
    ) -> Result<Instant, ConsumerError> {
        let look = applier.look(&mut live.parked).await?;
        let now = Instant::now();
        let mut next = now + LOOK;
        if let Some(due_in) = look.due_in {
            next = next.min(now + Duration::from_secs_f64(due_in.clamp(0.0, LOOK.as_secs_f64())));
            if due_in <= 0.0 {
                let tried = try_again(applier, live, None, MOST).await?;
                // What is due and cannot be tried waits behind something else.
                next = if tried > 0 { Instant::now() } else { now + LOOK };
            }
        }
        if !look.ordered {
            self.ongoing.clear();
            return Ok(next);
        }
        let place = applier.owned.place.parameters();
        let rows = applier.database.get().await?.all(&replays::OPEN, &place).await?;
        let orders: Vec<Order> = rows.iter().map(Order::of).collect();
        self.ongoing.retain(|id, _| orders.iter().any(|order| order.id == *id));
        for order in &orders {
            next = next.min(self.carry_out(order, applier, live, look.next_offset).await?);
        }
        Ok(next)
    }

    async fn carry_out<P: Projection>(
        &mut self, order: &Order, applier: &Applier<P>, live: &mut Live, consumed: i64,
    ) -> Result<Instant, ConsumerError> {
        let began = Instant::now();
        let fresh = || Ongoing { pace: Pace { next: began }, range: None };
        let Ongoing { pace, range } = self.ongoing.entry(order.id).or_insert_with(fresh);
        if pace.next > began {
            return Ok(pace.next);
        }
        let most = Pace::most(order.rate);
        let took = match &order.range {
            None => try_again(applier, live, Some(order), most).await?,
            Some(extent) => {
                let range = match range {
                    Some(range) => range,
                    None => range.insert(Range::open(applier, live, &self.broker).await?),
                };
                range.step(applier, live, order, extent, most, consumed).await?
            }
        };
        pace.took(began, took, order.rate);
        Ok(if took == 0 { pace.next.max(began + REST) } else { pace.next })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_kept_to_in_steps_of_a_size_that_fits_it() {
        assert_eq!([0.2, 1.0, 25.0, 5000.0, 1e9].map(Pace::most), [1, 1, 3, 500, MOST]);
        let began = Instant::now();
        let mut pace = Pace { next: began };
        pace.took(began, 1, 0.5);
        assert_eq!(pace.next - began, Duration::from_secs(2));
        // The step was late: what it missed is not made up for.
        pace.took(began + Duration::from_secs(10), 10, 10.0);
        assert_eq!(pace.next - began, Duration::from_secs(11));
    }
}
