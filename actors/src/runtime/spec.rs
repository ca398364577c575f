//! Child specifications: what a child is called, how it is built, and what is done when it ends.

use std::sync::Arc;
use std::time::Duration;

use super::slot::Slot;
use super::undelivered::{UndeliveredSink, log_undelivered};
use super::{ActorRef, Backoff, Child, Ctx, Exit, Placement, PoisonMemory, Service, StartError};

/// Which ends of a child lead to a restart. The three policies of OTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Restart {
    /// Whatever the end.
    #[default]
    Permanent,
    /// Only after a failure.
    Transient,
    /// Never.
    Temporary,
}

impl Restart {
    /// Whether a child with this policy is started again after such an end.
    pub fn restarts_after(self, exit: &Exit) -> bool {
        match self {
            Self::Permanent => true,
            Self::Transient => exit.is_failure(),
            Self::Temporary => false,
        }
    }
}

/// When a child counts as stuck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// Longest time without any sign of progress.
    pub limit: Duration,
    /// True for a child that must always be moving; otherwise only while it has messages or work in hand.
    pub always: bool,
}

impl Default for Deadline {
    fn default() -> Self {
        Self { limit: Duration::from_secs(30), always: false }
    }
}

/// How a child is restarted, stopped and watched.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Which ends lead to a restart.
    pub restart: Restart,
    /// Delays between restarts in a row.
    pub backoff: Backoff,
    /// Time for an ordered stop before the child is killed.
    pub grace: Grace,
    /// When it counts as stuck.
    pub deadline: Deadline,
}

/// Time an ordered stop may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grace(pub Duration);

impl Default for Grace {
    fn default() -> Self {
        Self(Duration::from_secs(5))
    }
}

/// Declares a child. Build it into a handle, which may be given out at once, and a child for a supervisor.
pub struct ChildSpec<S: Service> {
    name: Arc<str>,
    factory: super::slot::Factory<S>,
    policy: Policy,
    placement: Placement,
    mailbox: usize,
    poison: PoisonMemory,
    sink: UndeliveredSink,
}

impl<S: Service> ChildSpec<S> {
    /// A permanent child. The factory makes fresh state for each incarnation; an error from it is a failed start.
    pub fn new<F>(name: impl Into<Arc<str>>, factory: F) -> Self
    where
        F: Fn(&mut Ctx<'_, S>) -> Result<S, StartError> + Send + Sync + 'static,
    {
        Self {
            name: name.into(),
            factory: Arc::new(factory),
            policy: Policy::default(),
            placement: Placement::Pool,
            mailbox: 256,
            poison: PoisonMemory::new(3),
            sink: log_undelivered(),
        }
    }

    /// Sets the restart policy.
    #[must_use]
    pub fn restart(mut self, restart: Restart) -> Self {
        self.policy.restart = restart;
        self
    }

    /// Sets the delays between restarts.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.policy.backoff = backoff;
        self
    }

    /// Sets the time an ordered stop may take.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.policy.grace = Grace(grace);
        self
    }

    /// Sets when the child counts as stuck.
    #[must_use]
    pub fn deadline(mut self, deadline: Deadline) -> Self {
        self.policy.deadline = deadline;
        self
    }

    /// Sets the arbiter.
    #[must_use]
    pub fn placement(mut self, placement: Placement) -> Self {
        self.placement = placement;
        self
    }

    /// Bounds the mailbox to so many messages.
    #[must_use]
    pub fn mailbox(mut self, capacity: usize) -> Self {
        self.mailbox = capacity.max(1);
        self
    }

    /// Shares a poison memory, or changes its limit.
    #[must_use]
    pub fn poison(mut self, memory: PoisonMemory) -> Self {
        self.poison = memory;
        self
    }

    /// Sends messages nobody will handle to this sink instead of the log.
    #[must_use]
    pub fn undelivered(mut self, sink: UndeliveredSink) -> Self {
        self.sink = sink;
        self
    }

    /// The handle and the child.
    pub fn build(self) -> (ActorRef<S>, Arc<dyn Child>) {
        self.build_with_roster(None)
    }

    pub(crate) fn build_with_roster(self, roster: Option<Arc<super::child::Roster>>) -> (ActorRef<S>, Arc<dyn Child>) {
        let slot = Slot::new(
            self.name,
            self.factory,
            self.policy,
            self.placement,
            self.mailbox,
            (self.poison, self.sink),
            roster,
        );
        (slot.actor_ref(), Arc::new(slot))
    }
}
