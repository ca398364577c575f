//! The supervisor as an actor: feeds its core with events and carries out the orders.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::budget::Budget;
use super::core::{ChildId, Core, Order};
use super::strategy::Strategy;
use crate::runtime::child::Roster;
use crate::runtime::{Child, ChildEvent, ChildState, Ctx, Exit, Handle, Message, Placer, Reply, Service};

/// How long a killed child may go on holding its thread before the thread is given up.
const KILL_ACK: Duration = Duration::from_secs(1);

/// Starts one more child at run time. It comes back after a restart of the supervisor, like the declared ones.
pub struct AddChild(pub Arc<dyn Child>);

/// Why a child was not added.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum AddChildError {
    /// A sibling has that name.
    #[error("a child named {0} is there already; stop it first or choose another name")]
    NameTaken(String),
    /// The declared maximum is reached.
    #[error("supervisor has its maximum of {0} children; stop one first or raise max_children")]
    Full(usize),
}

impl Message for AddChild {
    type Reply = Result<(), AddChildError>;
}

/// Stops a child, within its grace, and forgets it. The answer comes when it is down, and says whether there was one of
/// that name; until then the name is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoveChild(pub String);

impl Message for RemoveChild {
    type Reply = bool;
}

/// Restarts its children by its strategy until its budget is spent, and then fails to its own parent.
pub struct Supervisor {
    name: Arc<str>,
    core: Core,
    max_children: usize,
    roster: Arc<Roster>,
    placer: Arc<dyn Placer>,
    children: HashMap<ChildId, Arc<dyn Child>>,
    events: mpsc::UnboundedSender<(ChildId, ChildEvent)>,
    inbox: Option<mpsc::UnboundedReceiver<(ChildId, ChildEvent)>>,
    finished: Option<oneshot::Sender<()>>,
    /// Whoever waits for a child to be forgotten.
    leaving: HashMap<ChildId, Vec<oneshot::Sender<()>>>,
}

impl Supervisor {
    pub(super) fn new(
        name: Arc<str>, strategy: Strategy, budget: Budget, max_children: usize, roster: Arc<Roster>,
        placer: Arc<dyn Placer>,
    ) -> Self {
        // A channel of its own for each incarnation: what children report to an earlier one reaches nobody.
        let (events, inbox) = mpsc::unbounded_channel();
        Self {
            name,
            core: Core::new(strategy, budget, fastrand::f64),
            max_children,
            roster,
            placer,
            children: HashMap::new(),
            events,
            inbox: Some(inbox),
            finished: None,
            leaving: HashMap::new(),
        }
    }

    fn adopt(&mut self, child: Arc<dyn Child>, ctx: &mut Ctx<'_, Self>) {
        let (id, orders) = self.core.add(child.name(), child.policy().clone());
        self.children.insert(id, child);
        self.carry_out(orders, ctx);
    }

    fn listen(mut inbox: mpsc::UnboundedReceiver<(ChildId, ChildEvent)>, ctx: &mut Ctx<'_, Self>) {
        let next = async move {
            let event = inbox.recv().await;
            (event, inbox)
        };
        ctx.spawn(next, |supervisor, (event, inbox), ctx| {
            Self::listen(inbox, ctx);
            if let Some((child, event)) = event {
                supervisor.on_event(child, event, ctx);
            }
        });
    }

    fn on_event(&mut self, child: ChildId, event: ChildEvent, ctx: &mut Ctx<'_, Self>) {
        let orders = match event {
            ChildEvent::Started => self.core.started(child, Instant::now()),
            ChildEvent::Exited(exit) => {
                self.log_exit(child, &exit);
                self.core.exited(child, &exit, Instant::now())
            }
        };
        self.carry_out(orders, ctx);
    }

    fn carry_out(&mut self, orders: Vec<Order>, ctx: &mut Ctx<'_, Self>) {
        for order in orders {
            match order {
                Order::Start { child, delay, again } => self.start(child, delay, again),
                Order::Stop(child) => {
                    let grace = self.with(child, |c| {
                        c.stop();
                        c.policy().grace.0
                    });
                    ctx.after(grace.unwrap_or_default(), move |supervisor, ctx| {
                        let orders = supervisor.core.grace_over(child);
                        supervisor.carry_out(orders, ctx);
                    });
                }
                Order::Kill(child) => {
                    self.with(child, |c| c.kill(Exit::Killed));
                    ctx.after(KILL_ACK, move |supervisor, ctx| {
                        let orders = supervisor.core.kill_ignored(child);
                        supervisor.carry_out(orders, ctx);
                    });
                }
                Order::Abandon(child) => {
                    let placer = self.placer.clone();
                    self.with(child, |c| {
                        placer.condemn(c.vitals().arbiter());
                        c.abandon(Exit::Stuck { idle: c.vitals().progress_age(), abandoned: true });
                    });
                }
                Order::Terminate(id) => {
                    if let Some(child) = self.children.remove(&id) {
                        child.terminate();
                        self.roster.remove(child.name());
                    }
                    for waiting in self.leaving.remove(&id).into_iter().flatten() {
                        // Whoever waited may have given up.
                        let _ = waiting.send(());
                    }
                }
                Order::Escalate(why) => {
                    tracing::error!(supervisor = &*self.name, why, "supervisor gives up");
                    ctx.end(Exit::Failed(why));
                }
                Order::Done => {
                    if let Some(finished) = self.finished.take() {
                        let _ = finished.send(());
                    }
                }
            }
        }
    }

    fn start(&self, id: ChildId, delay: Duration, again: bool) {
        let Some(child) = self.children.get(&id) else { return };
        if again {
            child.vitals().restarts.fetch_add(1, Relaxed);
            metrics::counter!("polis_actor_restarts_total", "actor" => child.name().to_string()).increment(1);
            tracing::info!(supervisor = &*self.name, child = &**child.name(), delay = ?delay, "restarting");
        }
        let events = self.events.clone();
        let report = move |event| {
            // A supervisor that is gone has no use for the news; its successor starts the child afresh.
            let _ = events.send((id, event));
        };
        child.start(&self.placer, delay, Arc::new(report));
    }

    fn with<R>(&self, child: ChildId, f: impl FnOnce(&Arc<dyn Child>) -> R) -> Option<R> {
        self.children.get(&child).map(f)
    }

    fn log_exit(&self, child: ChildId, exit: &Exit) {
        let Some(child) = self.children.get(&child) else { return };
        metrics::counter!("polis_actor_exits_total", "kind" => exit.kind()).increment(1);
        let handling = child.vitals().notes().handling.unwrap_or("nothing");
        if exit.is_failure() {
            tracing::error!(supervisor = &*self.name, child = &**child.name(), %exit, handling, "child ended");
        } else {
            tracing::debug!(supervisor = &*self.name, child = &**child.name(), %exit, "child ended");
        }
    }
}

impl Service for Supervisor {
    const KIND: &'static str = "supervisor";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        if let Some(inbox) = self.inbox.take() {
            Self::listen(inbox, ctx);
        }
        for child in self.roster.children() {
            self.adopt(child, ctx);
        }
    }

    fn drain(&mut self, ctx: &mut Ctx<'_, Self>) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
        let (finished, all_down) = oneshot::channel();
        self.finished = Some(finished);
        let orders = self.core.shutdown();
        self.carry_out(orders, ctx);
        Some(Box::pin(async move {
            let _ = all_down.await;
        }))
    }
}

impl Handle<AddChild> for Supervisor {
    fn handle(&mut self, AddChild(child): AddChild, ctx: &mut Ctx<'_, Self>) -> Reply<Self, Result<(), AddChildError>> {
        if self.children.len() >= self.max_children {
            return Reply::Now(Err(AddChildError::Full(self.max_children)));
        }
        if !self.roster.add(child.clone()) {
            return Reply::Now(Err(AddChildError::NameTaken(child.name().to_string())));
        }
        self.adopt(child, ctx);
        Reply::Now(Ok(()))
    }
}

impl Handle<RemoveChild> for Supervisor {
    fn handle(&mut self, RemoveChild(name): RemoveChild, ctx: &mut Ctx<'_, Self>) -> Reply<Self, bool> {
        let found = self.children.iter().find(|(_, child)| **child.name() == *name).map(|(id, _)| *id);
        let Some(id) = found else { return Reply::Now(false) };
        let (down, is_down) = oneshot::channel();
        self.leaving.entry(id).or_default().push(down);
        let orders = self.core.remove(id);
        self.carry_out(orders, ctx);
        Reply::concurrent(async move {
            // A supervisor that fails meanwhile takes its children down too.
            let _ = is_down.await;
            true
        })
    }
}

impl Drop for Supervisor {
    /// A supervisor that dies takes its subtree with it; the next incarnation starts the children afresh.
    fn drop(&mut self) {
        for child in self.children.values() {
            if !matches!(child.vitals().state(), ChildState::Ended | ChildState::Idle) {
                child.kill(Exit::Killed);
            }
        }
    }
}
