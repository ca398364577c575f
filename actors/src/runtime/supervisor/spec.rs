//! Declaring a supervisor and what stands under it.

use std::sync::Arc;
use std::time::Duration;

use super::budget::Budget;
use super::shell::Supervisor;
use super::strategy::Strategy;
use crate::runtime::child::Roster;
use crate::runtime::{ActorRef, Backoff, Child, ChildSpec, Placement, Placer, Restart};

/// Declares a supervisor. Children are added in start order.
pub struct SupervisorSpec {
    name: Arc<str>,
    strategy: Strategy,
    budget: Budget,
    max_children: usize,
    restart: Restart,
    backoff: Backoff,
    grace: Duration,
    children: Vec<Arc<dyn Child>>,
}

impl SupervisorSpec {
    /// A permanent one-for-one supervisor without children.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            strategy: Strategy::default(),
            budget: Budget::default(),
            max_children: usize::MAX,
            restart: Restart::Permanent,
            backoff: Backoff::default(),
            grace: Duration::from_secs(30),
            children: Vec::new(),
        }
    }

    /// Sets the strategy.
    #[must_use]
    pub fn strategy(mut self, strategy: Strategy) -> Self {
        self.strategy = strategy;
        self
    }

    /// Sets the restart budget of all children together.
    #[must_use]
    pub fn budget(mut self, restarts: usize, window: Duration) -> Self {
        self.budget = Budget { restarts, window };
        self
    }

    /// Sets what the parent does when this supervisor itself ends.
    #[must_use]
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = restart;
        self
    }

    /// Sets the delays between restarts of the supervisor itself.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Bounds the number of children, those added at run time included.
    #[must_use]
    pub fn max_children(mut self, max: usize) -> Self {
        self.max_children = max;
        self
    }

    /// Sets how long the whole subtree may take to stop.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Adds a child behind those already there.
    #[must_use]
    pub fn child(mut self, child: Arc<dyn Child>) -> Self {
        self.children.push(child);
        self
    }

    /// Adds several.
    #[must_use]
    pub fn children(mut self, children: impl IntoIterator<Item = Arc<dyn Child>>) -> Self {
        self.children.extend(children);
        self
    }

    /// The handle and the child for the next level.
    ///
    /// # Panics
    /// When two children share a name: the tree could not tell them apart.
    pub fn build(self, placer: Arc<dyn Placer>) -> (ActorRef<Supervisor>, Arc<dyn Child>) {
        let roster = Arc::new(Roster::default());
        for child in self.children {
            let name = child.name().clone();
            assert!(roster.add(child), "supervisor {} has two children named {name}", self.name);
        }
        let (shared, name) = (roster.clone(), self.name.clone());
        let (strategy, budget, max) = (self.strategy, self.budget, self.max_children);
        ChildSpec::new(self.name, move |_| {
            Ok(Supervisor::new(name.clone(), strategy, budget, max, shared.clone(), placer.clone()))
        })
        .restart(self.restart)
        .backoff(self.backoff)
        .grace(self.grace)
        .placement(Placement::Supervision)
        .build_with_roster(Some(roster))
    }
}
