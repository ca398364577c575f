//! The poller: one call at a time, a failing insurer is left alone and tried once, nobody waits for somebody else.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use polis_actors::database::DatabaseError;
use polis_actors::lease::{Held, Share};
use polis_actors::poller::{
    Accepted, Breaker, Hours, OrderBook, Orders, Past, PollError, Polled, PollerConfig, PollerSpec, Polling, Schedule,
    Source, Target, Validators,
};
use polis_actors::runtime::{Child, tree};
use polis_actors::telemetry::exposition;
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

/// Keeps nothing but what is remembered between owners.
struct Memory(Arc<Mutex<Past>>);

impl Target<()> for Memory {
    async fn past(&self) -> Result<Past, DatabaseError> {
        Ok(self.0.lock().unwrap().clone())
    }

    async fn validators(&self) -> Result<Validators, DatabaseError> {
        Ok(Validators::new())
    }

    async fn accept(&self, _: Polled<()>, _: &Held) -> Result<Accepted, DatabaseError> {
        let mut past = self.0.lock().unwrap();
        let now = Some(Timestamp::now());
        *past = Past { polled_at: now, confirmed_at: now, failures: 0, not_before: None, ..past.clone() };
        Ok(Accepted::Unchanged)
    }

    async fn failed(&self, _: &PollError, breaker: &Breaker, _: &Held) -> Result<(), DatabaseError> {
        let mut past = self.0.lock().unwrap();
        let (failures, not_before) = (breaker.failures(), breaker.until());
        *past = Past { polled_at: Some(Timestamp::now()), failures, not_before, ..past.clone() };
        Ok(())
    }
}

const EVERY: Duration = Duration::from_millis(50);

/// One insurer and what is remembered of it.
struct Insurer<'a> {
    parts: &'a Parts,
    share: &'a Share,
    name: &'a str,
    source: &'a Scripted,
    schedule: Schedule,
    past: Arc<Mutex<Past>>,
    book: OrderBook,
}

impl<'a> Insurer<'a> {
    fn new(parts: &'a Parts, share: &'a Share, name: &'a str, source: &'a Scripted) -> Self {
        let past = Arc::new(Mutex::new(Past::none()));
        Self { parts, share, name, source, schedule: Schedule::every(EVERY), past, book: OrderBook::open().1 }
    }

    fn poller(&self) -> Arc<dyn Child> {
        let config = PollerConfig {
            insurer: self.name.to_owned(),
            schedule: self.schedule.clone(),
            deadline: Duration::from_secs(20),
            fresh_within: None,
            breaker_after: 2,
            breaker_rest: (Duration::from_millis(300), Duration::from_millis(600)),
        };
        let spec = PollerSpec {
            source: Arc::new(self.source.clone()),
            target: Arc::new(Memory(self.past.clone())),
            leases: self.parts.leases("one"),
            config,
            orders: self.book.clone(),
            share: self.share.clone(),
        };
        spec.build().1
    }
}

fn poller(parts: &Parts, share: &Share, name: &str, source: &Scripted) -> Arc<dyn Child> {
    Insurer::new(parts, share, name, source).poller()
}

/// What the process tells in metrics.
fn metrics() -> String {
    static METRICS: LazyLock<PrometheusHandle> = LazyLock::new(|| PrometheusBuilder::new().install_recorder().unwrap());
    exposition(&METRICS)
}

/// A gauge of an insurer; none when it is not told.
fn gauge(name: &str, insurer: &str) -> Option<f64> {
    let series = format!("{name}{{insurer=\"{insurer}\"}} ");
    metrics().lines().find_map(|line| line.strip_prefix(&*series)?.parse().ok())
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

fn ago(long: Duration) -> Option<Timestamp> {
    Some(Timestamp::now() - long)
}

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test(flavor = "multi_thread")]
async fn the_next_owner_keeps_to_what_the_one_before_was_told() {
    let parts = Parts::new("poller_past", Service::Messaging, 1).await;
    let share = parts.leases("one").share("pollers", 5);
    let sources: Vec<Scripted> = (0..5).map(|_| Scripted::new(&[])).collect();
    let (desk, book) = OrderBook::open();
    let insurer = |n: usize, name: &'static str, past: Past| Insurer {
        past: Arc::new(Mutex::new(past)),
        schedule: Schedule { jitter: 0.0, ..Schedule::every(HOUR / 2) },
        book: book.clone(),
        ..Insurer::new(&parts, &share, name, &sources[n])
    };
    let polled = |long| Past { polled_at: ago(long), ..Past::none() };
    let hours = (Timestamp::now() - HOUR * 3).to_zoned(TimeZone::UTC);
    let insurers = [
        insurer(0, "past-due-later", polled(HOUR / 4)),
        insurer(1, "past-left-alone", Past { failures: 7, not_before: Some(Timestamp::now() + HOUR), ..polled(HOUR) }),
        insurer(2, "past-paused", polled(HOUR)),
        insurer(3, "past-overdue", Past { confirmed_at: ago(HOUR), products: 42, ..polled(HOUR) }),
        // Open yesterday only, seen from today.
        Insurer {
            schedule: Schedule {
                hours: Some(Hours {
                    zone: TimeZone::UTC,
                    days: vec![hours.yesterday().unwrap().weekday()],
                    from: Time::constant(0, 0, 0, 0),
                    to: Time::constant(1, 0, 0, 0),
                }),
                ..Schedule::every(EVERY)
            },
            ..insurer(4, "past-closed", polled(HOUR * 24 * 3))
        },
    ];
    metrics();
    let background = running(insurers.iter().map(Insurer::poller).collect()).await;
    until(LONG, "all have owners", || async { parts.count(HELD).await == 5 }).await;
    assert_eq!(sources.iter().map(|source| source.calls().len()).sum::<usize>(), 0, "before orders are known");
    let paused = Orders { paused: true, ..Orders::default() };
    desk.send_replace(Some(Arc::new(HashMap::from([("past-paused".to_owned(), paused)]))));
    let calls = || sources.iter().map(|source| source.calls().len()).collect::<Vec<_>>();
    until(LONG, "the overdue one is polled", || async { calls()[3] == 1 }).await;
    let status = |name: &str| tree(background.root()).find(name).map(|node| node.status.clone()).unwrap_or_default();
    assert_eq!(calls(), [0, 0, 0, 1, 0]);
    assert!(status("poller-past-left-alone").contains("left alone after 7 failures; breaker open"));
    assert_eq!(gauge("poller_breaker_open", "past-left-alone"), Some(1.0));
    assert_eq!(gauge("catalogue_products", "past-overdue"), Some(42.0), "though nothing has changed since");
    assert_eq!(gauge("poller_stale_at_timestamp_seconds", "past-paused"), None, "somebody wanted it to rest");
    let stale_at = gauge("poller_stale_at_timestamp_seconds", "past-closed").unwrap();
    assert!(stale_at > Timestamp::now().as_second() as f64, "nobody was to ask meanwhile");

    let now = Orders { poll_now_at: ago(Duration::ZERO), ..Orders::default() };
    let ordered = ["past-due-later", "past-left-alone", "past-closed"].map(|name| (name.to_owned(), now.clone()));
    desk.send_replace(Some(Arc::new(HashMap::from(ordered))));
    until(LONG, "an order outweighs it all", || async { calls() == [1, 1, 1, 1, 1] }).await;
    until(LONG, "the breaker is closed", || async { gauge("poller_breaker_open", "past-left-alone") == Some(0.0) })
        .await;
    stopped(background).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_owner_told_ends_with_it_and_the_age_goes_on() {
    let parts = Parts::new("poller_gauges", Service::Messaging, 1).await;
    let source = Scripted::new(&[Act::Fail, Act::Fail, Act::Fail]);
    let share = parts.leases("one").share("pollers", 1);
    let long_ago = ago(HOUR).unwrap();
    let past = Past { known_since: long_ago, confirmed_at: Some(long_ago), products: 7, ..Past::none() };
    let past = Arc::new(Mutex::new(past));
    let insurer = Insurer { past: past.clone(), ..Insurer::new(&parts, &share, "gauges", &source) };
    let confirmed_at = past.lock().unwrap().confirmed_at.unwrap().as_duration().as_secs_f64();
    metrics();
    let background = running(vec![insurer.poller()]).await;
    until(LONG, "the breaker opens", || async { gauge("poller_breaker_open", "gauges") == Some(1.0) }).await;
    assert_eq!(gauge("poller_last_good_timestamp_seconds", "gauges"), Some(confirmed_at), "it was not confirmed since");
    assert!(gauge("poller_stale_at_timestamp_seconds", "gauges").unwrap() < Timestamp::now().as_second() as f64);
    until(LONG, "it is confirmed", || async {
        gauge("poller_last_good_timestamp_seconds", "gauges").is_some_and(|at| at > confirmed_at)
    })
    .await;
    parts.execute("update leases set owner = 'two', epoch = epoch + 1, expires_at = now() + interval '1 hour'").await;
    until(LONG, "nothing is told any more", || async { told("gauges").is_empty() }).await;
    stopped(background).await;
}

/// The gauges that are told of an insurer.
fn told(insurer: &str) -> Vec<String> {
    let label = format!("{{insurer=\"{insurer}\"}}");
    metrics().lines().filter(|line| line.contains(&label)).map(str::to_owned).collect()
}

const HELD: &str = "select count(*) from leases where resource like 'poller/past-%'";
