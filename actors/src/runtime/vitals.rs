//! The signs of life of one child: written by its cell and host, read by the watchdog and the tree report.

use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::Exit;
use super::placement::ArbiterId;

/// Where a child is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ChildState {
    /// Declared, not started.
    Idle = 0,
    /// Waiting out its restart delay.
    BackingOff = 1,
    /// Being built or in its `started` hook.
    Starting = 2,
    /// Handling messages.
    Running = 3,
    /// Asked to stop, finishing what it holds.
    Stopping = 4,
    /// Ended; whether it comes back is its supervisor's decision.
    Ended = 5,
}

impl ChildState {
    /// The name used in the tree report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::BackingOff => "backing-off",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Ended => "ended",
        }
    }

    fn from_u8(value: u8) -> Self {
        match value {
            1 => Self::BackingOff,
            2 => Self::Starting,
            3 => Self::Running,
            4 => Self::Stopping,
            5 => Self::Ended,
            _ => Self::Idle,
        }
    }
}

/// Whether a child can do its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It works.
    Ok,
    /// Something outside is down for it; the service as a whole still serves.
    Degraded,
    /// Something is down without which the service cannot serve.
    NotReady,
}

impl Health {
    /// The name used in the tree report.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::NotReady => "not-ready",
        }
    }
}

/// What a person wants to know beside the counters.
#[derive(Clone, Debug)]
pub struct Notes {
    /// When the current state was entered.
    pub since: Timestamp,
    /// How the last incarnation ended, and when.
    pub last_exit: Option<(Exit, Timestamp)>,
    /// The child's own word on what it is doing: `breaker open`, `reconnecting to kafka`.
    pub status: String,
    /// Whether it works; readiness follows from it.
    pub health: Health,
    /// Leases the child holds.
    pub leases: Vec<String>,
    /// The message or future last taken in hand.
    pub handling: Option<&'static str>,
}

/// Signs of life of a child. Cheap to write: counters are relaxed atomics.
#[derive(Debug)]
pub struct Vitals {
    state: AtomicU8,
    pub(crate) incarnation: AtomicU64,
    pub(crate) restarts: AtomicU64,
    pub(crate) handled: AtomicU64,
    pub(crate) depth: AtomicUsize,
    pub(crate) in_flight: AtomicUsize,
    progress_at: AtomicU64,
    poll_entered: AtomicU64,
    arbiter: AtomicU64,
    notes: Mutex<Notes>,
}

fn now_nanos() -> u64 {
    static BASE: OnceLock<Instant> = OnceLock::new();
    let base = *BASE.get_or_init(|| Instant::now() - Duration::from_secs(1));
    u64::try_from(Instant::now().saturating_duration_since(base).as_nanos()).unwrap_or(u64::MAX)
}

impl Default for Vitals {
    fn default() -> Self {
        Self {
            state: AtomicU8::new(ChildState::Idle as u8),
            incarnation: AtomicU64::new(0),
            restarts: AtomicU64::new(0),
            handled: AtomicU64::new(0),
            depth: AtomicUsize::new(0),
            in_flight: AtomicUsize::new(0),
            progress_at: AtomicU64::new(now_nanos()),
            poll_entered: AtomicU64::new(0),
            arbiter: AtomicU64::new(0),
            notes: Mutex::new(Notes {
                since: Timestamp::now(),
                last_exit: None,
                status: String::new(),
                health: Health::Ok,
                leases: Vec::new(),
                handling: None,
            }),
        }
    }
}

impl Vitals {
    /// Current state.
    pub fn state(&self) -> ChildState {
        ChildState::from_u8(self.state.load(Relaxed))
    }

    /// How many incarnations have been started.
    pub fn incarnation(&self) -> u64 {
        self.incarnation.load(Relaxed)
    }

    /// How many times a failed or finished child was started again.
    pub fn restarts(&self) -> u64 {
        self.restarts.load(Relaxed)
    }

    /// Messages handled, all incarnations together.
    pub fn handled(&self) -> u64 {
        self.handled.load(Relaxed)
    }

    /// Messages waiting in the mailbox.
    pub fn depth(&self) -> usize {
        self.depth.load(Relaxed)
    }

    /// Handlers and tracked futures begun and not ended.
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Relaxed)
    }

    /// Time since anything moved.
    pub fn progress_age(&self) -> Duration {
        Duration::from_nanos(now_nanos().saturating_sub(self.progress_at.load(Relaxed)))
    }

    /// How long the child has been inside one poll without yielding; none when it is not being polled.
    pub fn poll_age(&self) -> Option<Duration> {
        match self.poll_entered.load(Relaxed) {
            0 => None,
            entered => Some(Duration::from_nanos(now_nanos().saturating_sub(entered))),
        }
    }

    /// A copy of what a person wants to know.
    pub fn notes(&self) -> Notes {
        self.look().1
    }

    /// State and notes of one moment: the health that goes with the state.
    pub fn look(&self) -> (ChildState, Notes) {
        self.with_notes(|notes| (self.state(), notes.clone()))
    }

    pub(crate) fn arbiter(&self) -> ArbiterId {
        ArbiterId(self.arbiter.load(Relaxed))
    }

    pub(crate) fn on_arbiter(&self, arbiter: ArbiterId) {
        self.arbiter.store(arbiter.0, Relaxed);
    }

    pub(crate) fn tick(&self) {
        self.progress_at.store(now_nanos(), Relaxed);
    }

    /// Called when the mailbox stops being empty: time spent idle before does not count.
    pub(crate) fn work_arrives(&self) {
        if self.in_flight() == 0 {
            self.tick();
        }
    }

    pub(crate) fn poll_begins(&self) {
        self.poll_entered.store(now_nanos(), Relaxed);
    }

    pub(crate) fn poll_ends(&self) {
        self.poll_entered.store(0, Relaxed);
    }

    pub(crate) fn enter(&self, state: ChildState) {
        self.with_notes(|notes| self.set_state(state, notes));
        self.tick();
    }

    /// Only with the notes in hand, so that whoever looks sees what belongs together.
    fn set_state(&self, state: ChildState, notes: &mut Notes) {
        if self.state.swap(state as u8, Relaxed) != state as u8 {
            notes.since = Timestamp::now();
        }
    }

    pub(crate) fn ended(&self, exit: &Exit) {
        self.in_flight.store(0, Relaxed);
        self.poll_ends();
        self.tick();
        self.with_notes(|notes| {
            self.set_state(ChildState::Ended, notes);
            notes.last_exit = Some((exit.clone(), Timestamp::now()));
            notes.status.clear();
            notes.health = Health::Ok;
            notes.leases.clear();
        });
    }

    pub(crate) fn with_notes<R>(&self, f: impl FnOnce(&mut Notes) -> R) -> R {
        f(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A child's own pen for its signs of life, usable from its background work on any thread.
#[derive(Clone, Debug)]
pub struct Progress(pub(crate) Arc<Vitals>);

impl Progress {
    /// A pen that nobody reads, for driving an actor's loop outside a tree.
    pub fn detached() -> Self {
        Self(Arc::default())
    }

    /// Says that something moved. Call it once per batch, not per record.
    pub fn tick(&self) {
        self.0.tick();
    }

    /// Counts work done by background loops beside the messages handled.
    pub fn handled(&self, count: u64) {
        self.0.handled.fetch_add(count, Relaxed);
        self.0.tick();
    }

    /// Marks the child as working, with a word on what it does.
    pub fn healthy(&self, status: impl Into<String>) {
        self.set_status(Health::Ok, status.into());
    }

    /// Marks the child as waiting for an outside part that is down. A state, not a failure: it burns no budget.
    pub fn degraded(&self, status: impl Into<String>) {
        self.set_status(Health::Degraded, status.into());
    }

    /// As [`Progress::degraded`], and the service cannot do its work meanwhile.
    pub fn not_ready(&self, status: impl Into<String>) {
        self.set_status(Health::NotReady, status.into());
    }

    /// The word it gave last.
    pub fn status(&self) -> String {
        self.0.with_notes(|notes| notes.status.clone())
    }

    /// Shows the leases held in the tree.
    pub fn leases(&self, leases: Vec<String>) {
        self.0.with_notes(|notes| notes.leases = leases);
    }

    /// Declares a piece of work begun; the watchdog expects progress until the guard is dropped.
    pub fn begin(&self) -> Work {
        self.0.in_flight.fetch_add(1, Relaxed);
        self.0.tick();
        Work(self.0.clone())
    }

    fn set_status(&self, health: Health, status: String) {
        self.0.with_notes(|notes| {
            notes.health = health;
            notes.status = status;
        });
        self.0.tick();
    }
}

/// A piece of work in progress; see [`Progress::begin`].
#[derive(Debug)]
pub struct Work(Arc<Vitals>);

impl Drop for Work {
    fn drop(&mut self) {
        // A crash has set the count to zero already; it must not wrap below.
        let _ = self.0.in_flight.fetch_update(Relaxed, Relaxed, |n| n.checked_sub(1));
        self.0.tick();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An actor that says that it is not ready while it starts is never seen running and well before it says so.
    #[test]
    fn state_and_health_are_of_one_moment() {
        const LIVES: usize = 20_000;
        let progress = Progress::detached();
        let vitals = &progress.0;
        let over = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..LIVES {
                    progress.not_ready("starting");
                    vitals.enter(ChildState::Running);
                    vitals.ended(&Exit::Finished);
                }
                over.store(true, Relaxed);
            });
            while !over.load(Relaxed) {
                let (state, notes) = vitals.look();
                assert_ne!((state, notes.health), (ChildState::Running, Health::Ok));
            }
        });
    }
}
