//! A declared child, whatever it is: what a supervisor, the watchdog and the tree report need of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::spec::Policy;
use super::{Exit, Placer, Vitals};

/// What a child tells its supervisor.
#[derive(Clone, Debug)]
pub enum ChildEvent {
    /// The incarnation is built and takes messages.
    Started,
    /// The incarnation is over.
    Exited(Exit),
}

/// Carries a child's events to whoever started it. Never blocks.
pub type EventSender = Arc<dyn Fn(ChildEvent) + Send + Sync>;

/// A child behind its specification. It exists once; its incarnations come and go.
pub trait Child: Send + Sync {
    /// Name, unique among its siblings.
    fn name(&self) -> &Arc<str>;
    /// Kind of service.
    fn kind(&self) -> &'static str;
    /// How it is restarted, stopped and watched.
    fn policy(&self) -> &Policy;
    /// Its signs of life.
    fn vitals(&self) -> &Arc<Vitals>;
    /// Its own children, when it is a supervisor.
    fn roster(&self) -> Option<&Arc<Roster>>;
    /// Starts an incarnation after the delay, on its arbiter.
    fn start(&self, placer: &Arc<dyn Placer>, delay: Duration, events: EventSender);
    /// Asks for an ordered end, after what is queued has been handled.
    fn stop(&self);
    /// Ends the incarnation at its next poll.
    fn kill(&self, exit: Exit);
    /// Gives up the thread the child hangs on, and makes ready to start elsewhere. The old thread is fenced off.
    fn abandon(&self, exit: Exit);
    /// Ends the child for good; what is queued is handed back.
    fn terminate(&self);
}

/// The children of a supervisor. It outlives the supervisor's incarnations, so that handles to children do too.
#[derive(Default)]
pub struct Roster {
    children: Mutex<Vec<Arc<dyn Child>>>,
}

impl Roster {
    /// The children in start order.
    pub fn children(&self) -> Vec<Arc<dyn Child>> {
        self.lock().clone()
    }

    /// Adds a child at the end. False when the name is taken.
    pub(crate) fn add(&self, child: Arc<dyn Child>) -> bool {
        let mut children = self.lock();
        let free = children.iter().all(|other| other.name() != child.name());
        if free {
            children.push(child);
        }
        free
    }

    pub(crate) fn remove(&self, name: &str) {
        self.lock().retain(|child| &**child.name() != name);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<dyn Child>>> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
