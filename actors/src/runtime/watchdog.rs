//! Finds children that are stuck, from a thread of its own: an arbiter held by a busy loop cannot watch itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use tokio::time::Instant;

use super::child::Child;
use super::vitals::ChildState;
use super::{Exit, Placer};

/// How the watchdog works.
#[derive(Clone, Copy, Debug)]
pub struct WatchdogLimits {
    /// Time between two looks.
    pub period: Duration,
    /// How long a killed child may go on holding its thread before the thread is given up.
    pub kill_ack: Duration,
    /// Threads that may be given up before the process is no longer worth continuing.
    pub max_abandoned: usize,
}

impl Default for WatchdogLimits {
    fn default() -> Self {
        Self { period: Duration::from_millis(100), kill_ack: Duration::from_secs(1), max_abandoned: 4 }
    }
}

/// Judges every child of a tree against its progress deadline: kills the stuck, abandons what cannot be killed.
pub struct Watchdog {
    root: Arc<dyn Child>,
    placer: Arc<dyn Placer>,
    limits: WatchdogLimits,
    /// Children killed and not yet seen to end: which incarnation, and since when. Keyed by the address of the vitals,
    /// which is theirs alone while the tree holds them.
    killed: HashMap<usize, (u64, Instant)>,
    abandoned: usize,
}

impl Watchdog {
    /// A watchdog over everything below `root`.
    pub fn new(root: Arc<dyn Child>, placer: Arc<dyn Placer>, limits: WatchdogLimits) -> Self {
        Self { root, placer, limits, killed: HashMap::new(), abandoned: 0 }
    }

    /// Watches from a thread of its own until the guard is dropped. `give_up` is called once when too many threads
    /// have been abandoned.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn spawn(mut self, give_up: impl FnOnce(Exit) + Send + 'static) -> std::io::Result<WatchdogGuard> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let mut give_up = Some(give_up);
        let thread = std::thread::Builder::new().name("watchdog".to_owned()).spawn(move || {
            while !stopped.load(Relaxed) {
                std::thread::park_timeout(self.limits.period);
                self.look();
                if self.abandoned > self.limits.max_abandoned
                    && let Some(give_up) = give_up.take()
                {
                    let what = format!("{} threads had to be abandoned", self.abandoned);
                    give_up(Exit::DependencyGone(what));
                }
            }
        })?;
        Ok(WatchdogGuard { stop, thread: Some(thread) })
    }

    /// Looks at every child once.
    pub fn look(&mut self) {
        let children = leaves(&self.root);
        let alive: Vec<usize> = children.iter().map(key).collect();
        self.killed.retain(|child, _| alive.contains(child));
        // Who shares an arbiter with one that holds it is a victim, not a culprit.
        let held: Vec<_> = children
            .iter()
            .filter(|c| c.vitals().poll_age().is_some_and(|age| age > c.policy().deadline.limit / 2))
            .map(|c| c.vitals().arbiter())
            .collect();
        for child in &children {
            let vitals = child.vitals();
            let holds_arbiter = vitals.poll_age().is_some_and(|age| age > child.policy().deadline.limit);
            let victim = !holds_arbiter && held.contains(&vitals.arbiter());
            if let Some((incarnation, since)) = self.killed.get(&key(child)) {
                let same = *incarnation == vitals.incarnation() && vitals.state() != ChildState::Ended;
                if !same {
                    self.killed.remove(&key(child));
                } else if since.elapsed() > self.limits.kill_ack {
                    self.killed.remove(&key(child));
                    self.abandon(child, &children);
                }
                continue;
            }
            if !victim && (holds_arbiter || idle_at_work(child)) {
                let idle = vitals.progress_age();
                tracing::error!(child = &**child.name(), ?idle, holds_arbiter, "child is stuck, killing it");
                self.killed.insert(key(child), (vitals.incarnation(), Instant::now()));
                child.kill(Exit::Stuck { idle, abandoned: false });
            }
        }
    }

    /// Gives up the child's thread, and takes its neighbours off it too.
    fn abandon(&mut self, culprit: &Arc<dyn Child>, children: &[Arc<dyn Child>]) {
        let arbiter = culprit.vitals().arbiter();
        let idle = culprit.vitals().progress_age();
        self.abandoned += 1;
        metrics::counter!("polis_actor_threads_abandoned_total").increment(1);
        tracing::error!(child = &**culprit.name(), ?idle, "child cannot be killed, abandoning its thread");
        self.placer.condemn(arbiter);
        for neighbour in children.iter().filter(|c| c.vitals().arbiter() == arbiter && key(c) != key(culprit)) {
            let why = format!("its arbiter is held by {}", culprit.name());
            neighbour.abandon(Exit::DependencyGone(why));
        }
        culprit.abandon(Exit::Stuck { idle, abandoned: true });
    }
}

/// Ends the watchdog's thread when dropped.
pub struct WatchdogGuard {
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for WatchdogGuard {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}

fn key(child: &Arc<dyn Child>) -> usize {
    Arc::as_ptr(child.vitals()) as usize
}

fn idle_at_work(child: &Arc<dyn Child>) -> bool {
    let (vitals, deadline) = (child.vitals(), child.policy().deadline);
    let at_work = deadline.always || vitals.depth() > 0 || vitals.in_flight() > 0;
    vitals.state() == ChildState::Running && at_work && vitals.progress_age() > deadline.limit
}

fn leaves(child: &Arc<dyn Child>) -> Vec<Arc<dyn Child>> {
    match child.roster() {
        None => vec![child.clone()],
        Some(roster) => roster.children().iter().flat_map(leaves).collect(),
    }
}
