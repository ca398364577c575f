//! The poller: one call at a time, a failing insurer is left alone and tried once, nobody waits for somebody else.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use polis_actors::database::DatabaseError;
use polis_actors::lease::{Held, Share};
use polis_actors::poller::{
    Accepted, OrderBook, PollError, Polled, PollerConfig, PollerSpec, Polling, Schedule, Source, Target, Validators,
};
use polis_actors::runtime::{Child, tree};
use polis_schema::Service;
use tokio::sync::Semaphore;

use super::parts::{LONG, Parts, running, stopped, until};

/// What an insurer does when it is called.
#[derive(Clone, Copy)]
enum Act {
    Fail,
    Busy {
        for_: Duration,
    },
    /// Answers when the test lets it.
    Wait,
    WaitAndFail,
    Good,
}

/// An insurer that follows a script, and is well when that has ended.
#[derive(Clone)]
struct Scripted {
    acts: Arc<Mutex<VecDeque<Act>>>,
    calls: Arc<Mutex<Vec<Instant>>>,
    at_once: Arc<AtomicUsize>,
    most_at_once: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

impl Scripted {
    fn new(acts: &[Act]) -> Self {
        Self {
            acts: Arc::new(Mutex::new(acts.iter().copied().collect())),
            calls: Arc::default(),
            at_once: Arc::default(),
            most_at_once: Arc::default(),
            gate: Arc::new(Semaphore::new(0)),
        }
    }

    fn calls(&self) -> Vec<Instant> {
        self.calls.lock().unwrap().clone()
    }
}

impl Source for Scripted {
    type Content = ();

    fn protocol(&self) -> &'static str {
        "scripted"
    }

    fn poll<'a>(&'a self, _: &'a Validators) -> Polling<'a, ()> {
        Box::pin(async move {
            self.calls.lock().unwrap().push(Instant::now());
            self.most_at_once.fetch_max(self.at_once.fetch_add(1, SeqCst) + 1, SeqCst);
            let act = self.acts.lock().unwrap().pop_front().unwrap_or(Act::Good);
            let refused = |retry_after| PollError::Status {
                address: "here".to_owned(),
                status: 503,
                what: String::new(),
                retry_after,
            };
            let answer = match act {
                Act::Fail => Err(refused(None)),
                Act::Busy { for_ } => Err(refused(Some(for_))),
                Act::Wait => {
                    self.gate.acquire().await.unwrap().forget();
                    Ok(Polled::NotModified)
                }
                Act::WaitAndFail => {
                    self.gate.acquire().await.unwrap().forget();
                    Err(refused(None))
                }
                Act::Good => Ok(Polled::NotModified),
            };
            self.at_once.fetch_sub(1, SeqCst);
            answer
        })
    }
}

struct Nowhere;

impl Target<()> for Nowhere {
    async fn validators(&self) -> Result<Validators, DatabaseError> {
        Ok(Validators::new())
    }

    async fn accept(&self, _: Polled<()>, _: &Held) -> Result<Accepted, DatabaseError> {
        Ok(Accepted::Unchanged)
    }

    async fn failed(&self, _: &PollError, _: &Held) -> Result<(), DatabaseError> {
        Ok(())
    }
}

const EVERY: Duration = Duration::from_millis(50);

fn poller(parts: &Parts, share: &Share, name: &str, source: &Scripted) -> Arc<dyn Child> {
    let config = PollerConfig {
        insurer: name.to_owned(),
        schedule: Schedule::every(EVERY),
        deadline: Duration::from_secs(20),
        fresh_within: LONG,
        breaker_after: 2,
        breaker_rest: (Duration::from_millis(300), Duration::from_millis(600)),
    };
    let spec = PollerSpec {
        source: Arc::new(source.clone()),
        target: Arc::new(Nowhere),
        leases: parts.leases("one"),
        config,
        orders: OrderBook::open().1,
        share: share.clone(),
    };
    spec.build().1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_insurer_is_left_alone_then_tried_once() {
    let parts = Parts::new("poller_breaker", Service::Messaging, 1).await;
    let source = Scripted::new(&[Act::Fail, Act::Fail, Act::WaitAndFail, Act::Wait]);
    let share = parts.leases("one").share("pollers", 1);
    let background = running(vec![poller(&parts, &share, "i", &source)]).await;
    let status = || tree(background.root()).find("poller-i").map(|node| node.status.clone()).unwrap_or_default();
    until(LONG, "the breaker opens", || async { status().contains("2 in a row; breaker open") }).await;
    until(LONG, "it is tried once", || async { status().contains("breaker half-open") }).await;
    source.gate.add_permits(1);
    until(LONG, "which fails, and opens it again", || async { status().contains("3 in a row; breaker open") }).await;
    until(LONG, "and again", || async { source.calls().len() == 4 && status().contains("half-open") }).await;
    source.gate.add_permits(1);
    until(LONG, "success closes it", || async { status().contains("breaker closed") }).await;
    stopped(background).await;
    let rests: Vec<Duration> = source.calls().windows(2).take(3).map(|pair| pair[1] - pair[0]).collect();
    assert!(rests[0] < Duration::from_millis(240), "once is no pattern: {rests:?}");
    assert!(rests[1] >= Duration::from_millis(240) && rests[2] > rests[1], "left alone, longer each time: {rests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_insurer_is_called_once_at_a_time_and_delays_nobody() {
    let parts = Parts::new("poller_slow", Service::Messaging, 1).await;
    let (slow, quick) = (Scripted::new(&[Act::Good, Act::Wait]), Scripted::new(&[]));
    let share = parts.leases("one").share("pollers", 2);
    let background =
        running(vec![poller(&parts, &share, "slow", &slow), poller(&parts, &share, "quick", &quick)]).await;
    until(LONG, "the slow one is called", || async { slow.calls().len() == 2 }).await;
    let before = quick.calls().len();
    until(LONG, "the quick one goes on", || async { quick.calls().len() >= before + 20 }).await;
    assert_eq!(slow.calls().len(), 2, "nobody is called again before it has answered");
    slow.gate.add_permits(1);
    until(LONG, "it goes on too", || async { slow.calls().len() > 3 }).await;
    stopped(background).await;
    assert_eq!((slow.most_at_once.load(SeqCst), quick.most_at_once.load(SeqCst)), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_insurer_that_wants_to_be_asked_later_is() {
    let parts = Parts::new("poller_later", Service::Messaging, 1).await;
    let later = Duration::from_millis(900);
    let source = Scripted::new(&[Act::Busy { for_: later }]);
    let share = parts.leases("one").share("pollers", 1);
    let background = running(vec![poller(&parts, &share, "i", &source)]).await;
    until(LONG, "it is asked again", || async { source.calls().len() >= 2 }).await;
    stopped(background).await;
    let calls = source.calls();
    assert!(calls[1] - calls[0] >= later, "{:?}", calls[1] - calls[0]);
}
