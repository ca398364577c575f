//! Where actors run. Injected, so that the runtime's own tests put everything on one paused thread.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use actix_rt::{Arbiter, ArbiterHandle, System};

/// Which arbiter a child wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Placement {
    /// Any of the workers, in turn.
    #[default]
    Pool,
    /// An arbiter shared by all children that name it: actors that talk a lot belong together.
    Named(&'static str),
    /// The arbiter of the supervisors, where nothing else may run.
    Supervision,
}

/// Names an arbiter, to find out who shares it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ArbiterId(pub u64);

/// Puts work on arbiters.
pub trait Placer: Send + Sync {
    /// Runs the closure on an arbiter of that placement. An arbiter that is dead drops it unrun.
    fn place(&self, placement: &Placement, start: Box<dyn FnOnce() + Send>) -> ArbiterId;

    /// Never uses the arbiter again: its thread does not come back.
    fn condemn(&self, arbiter: ArbiterId);
}

/// Everything on the calling thread, for tests in virtual time.
pub(crate) struct OnThisThread;

impl Placer for OnThisThread {
    fn place(&self, _: &Placement, start: Box<dyn FnOnce() + Send>) -> ArbiterId {
        start();
        ArbiterId(0)
    }

    fn condemn(&self, _: ArbiterId) {}
}

/// Arbiters on one shared multi-thread runtime: sockets, timers and spawned tasks belong to the runtime's own threads,
/// so a database connection outlives the actor that opened it and no busy neighbour holds it up.
pub(crate) struct Arbiters {
    system: System,
    runtime: &'static tokio::runtime::Runtime,
    workers: usize,
    next_worker: AtomicUsize,
    next_id: AtomicU64,
    arbiters: Mutex<HashMap<Key, (ArbiterId, Arbiter)>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    Worker(usize),
    Named(&'static str),
    Supervision,
}

impl Arbiters {
    pub(crate) fn new(system: System, runtime: &'static tokio::runtime::Runtime, workers: usize) -> Self {
        Self {
            system,
            runtime,
            workers: workers.max(1),
            next_worker: AtomicUsize::new(0),
            next_id: AtomicU64::new(1),
            arbiters: Mutex::default(),
        }
    }

    fn handle(&self, key: Key) -> (ArbiterId, ArbiterHandle) {
        let runtime = self.runtime;
        let mut arbiters = self.arbiters.lock().unwrap_or_else(PoisonError::into_inner);
        let (id, arbiter) = arbiters.entry(key).or_insert_with(|| {
            // Restarts may be ordered from a thread that actix does not know, such as the watchdog's.
            if System::try_current().is_none() {
                System::set_current(self.system.clone());
            }
            (ArbiterId(self.next_id.fetch_add(1, Relaxed)), Arbiter::with_tokio_rt(move || runtime))
        });
        (*id, arbiter.handle())
    }

    /// Stops and joins the arbiters, so that destructors have run when the process ends. One that hangs is left.
    pub(crate) fn close(&self, limit: std::time::Duration) {
        let arbiters: Vec<_> = self.arbiters.lock().unwrap_or_else(PoisonError::into_inner).drain().collect();
        let (done, all_done) = std::sync::mpsc::channel();
        let joiner = std::thread::spawn(move || {
            for (_, (_, arbiter)) in arbiters {
                arbiter.stop();
                // A panic on an arbiter thread has been reported by the cell it happened in.
                let _ = arbiter.join();
            }
            let _ = done.send(());
        });
        if all_done.recv_timeout(limit).is_ok() {
            let _ = joiner.join();
        }
    }
}

impl Placer for Arbiters {
    fn place(&self, placement: &Placement, start: Box<dyn FnOnce() + Send>) -> ArbiterId {
        let (id, arbiter) = self.handle(match placement {
            Placement::Pool => Key::Worker(self.next_worker.fetch_add(1, Relaxed) % self.workers),
            Placement::Named(name) => Key::Named(name),
            Placement::Supervision => Key::Supervision,
        });
        arbiter.spawn_fn(start);
        id
    }

    fn condemn(&self, arbiter: ArbiterId) {
        let mut arbiters = self.arbiters.lock().unwrap_or_else(PoisonError::into_inner);
        arbiters.retain(|_, (id, _)| *id != arbiter);
    }
}
