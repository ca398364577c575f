//! The future that polls an actor. It stands between actix's context and the arbiter, catches the panic before actix
//! drops anything, and so keeps the mailbox, what is queued in it, and every handle across a restart.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use actix::dev::ContextFut;
use actix::dev::channel::AddressReceiver;
use actix::{ActorContext, Addr, AsyncContext, Context};
use tokio::sync::mpsc;
use tokio::time::Sleep;

use super::actor_ref::Shared;
use super::child::{ChildEvent, EventSender};
use super::host::{ExitSlot, Host, HostParts};
use super::panics::guard;
use super::slot::Factory;
use super::{ActorRef, ChildState, Exit, Service};

/// How often tearing down is tried again when a destructor of the actor's state panics.
const TEARDOWN_TRIES: usize = 8;

pub(crate) enum Command {
    Start { delay: Duration, events: EventSender },
    Stop,
    Kill(Exit),
    Terminate,
}

enum Phase {
    Parked,
    BackingOff(Pin<Box<Sleep>>),
    Running { announced: bool },
    Closed,
}

pub(crate) struct Cell<S: Service> {
    fut: Option<ContextFut<Host<S>, Context<Host<S>>>>,
    phase: Phase,
    commands: mpsc::UnboundedReceiver<Command>,
    events: Option<EventSender>,
    shared: Arc<Shared<S>>,
    exit: ExitSlot,
    generation: u64,
    /// Without an address of its own actix would end the actor with the last handle, and refuse to restart it.
    _keep: Addr<Host<S>>,
}

impl<S: Service> Cell<S> {
    pub(crate) fn new(
        shared: Arc<Shared<S>>, receiver: AddressReceiver<Host<S>>, factory: Factory<S>, generation: u64,
        commands: mpsc::UnboundedReceiver<Command>,
    ) -> Self {
        let exit = ExitSlot::default();
        let context = Context::with_receiver(receiver);
        let keep = context.address();
        let host = Host::new(HostParts { shared: shared.clone(), exit: exit.clone(), generation }, factory);
        Self {
            fut: Some(context.into_future(host)),
            phase: Phase::Parked,
            commands,
            events: None,
            shared,
            exit,
            generation,
            _keep: keep,
        }
    }

    /// False once this cell's thread was given up and another cell took over.
    fn is_current(&self) -> bool {
        self.generation == self.shared.generation()
    }

    fn report(&self, event: ChildEvent) {
        if let (true, Some(events)) = (self.is_current(), &self.events) {
            events(event);
        }
    }

    fn exited(&mut self, exit: Exit) {
        let mut exit = exit;
        self.shared.crashing.store(exit.is_failure(), Relaxed);
        for _ in 0..TEARDOWN_TRIES {
            let Some(fut) = self.fut.as_mut() else { break };
            match guard(|| {
                fut.ctx().terminate();
                fut.restart()
            }) {
                Ok(_) => break,
                Err(panic) => exit = panic,
            }
        }
        self.shared.crashing.store(false, Relaxed);
        self.exit.take();
        self.phase = Phase::Parked;
        if self.is_current() {
            self.shared.vitals.ended(&exit);
        }
        self.report(ChildEvent::Exited(exit));
    }

    fn close(&mut self) {
        if let Some(mut fut) = self.fut.take() {
            // A destructor that panics here has nobody left to tell; the rest of the state is gone all the same.
            let _ = guard(move || {
                fut.ctx().terminate();
                drop(fut);
            });
        }
        if self.is_current() {
            self.shared.vitals.enter(ChildState::Ended);
        }
        self.phase = Phase::Closed;
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Start { delay, events } => {
                self.events = Some(events);
                if delay.is_zero() {
                    self.phase = Phase::Running { announced: false };
                } else {
                    self.shared.vitals.enter(ChildState::BackingOff);
                    self.phase = Phase::BackingOff(Box::pin(tokio::time::sleep(delay)));
                }
            }
            Command::Stop if matches!(self.phase, Phase::Running { .. }) => ActorRef(self.shared.clone()).post_drain(),
            Command::Stop => {
                self.phase = Phase::Parked;
                self.shared.vitals.enter(ChildState::Ended);
                self.report(ChildEvent::Exited(Exit::Finished));
            }
            Command::Kill(exit) if matches!(self.phase, Phase::Running { .. }) => self.exited(exit),
            Command::Kill(exit) => {
                self.phase = Phase::Parked;
                self.report(ChildEvent::Exited(exit));
            }
            Command::Terminate => self.close(),
        }
    }

    fn run(&mut self, cx: &mut TaskContext<'_>) -> Poll<()> {
        let Some(fut) = self.fut.as_mut() else { return Poll::Ready(()) };
        self.shared.vitals.poll_begins();
        let polled = guard(|| Pin::new(fut).poll(cx));
        if self.is_current() {
            self.shared.vitals.poll_ends();
        }
        match polled {
            Ok(Poll::Pending) => {
                if let Phase::Running { announced: false } = self.phase {
                    self.phase = Phase::Running { announced: true };
                    self.report(ChildEvent::Started);
                }
                return Poll::Pending;
            }
            Ok(Poll::Ready(())) => {
                let exit = self.exit.take().unwrap_or(Exit::Finished);
                self.exited(exit);
            }
            Err(panic) => self.exited(panic),
        }
        Poll::Ready(())
    }
}

impl<S: Service> Future for Cell<S> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<()> {
        let this = self.get_mut();
        loop {
            while let Poll::Ready(command) = this.commands.poll_recv(cx) {
                this.obey(command.unwrap_or(Command::Terminate));
                if let Phase::Closed = this.phase {
                    return Poll::Ready(());
                }
            }
            match &mut this.phase {
                Phase::Closed => return Poll::Ready(()),
                Phase::Parked => return Poll::Pending,
                Phase::BackingOff(sleep) => {
                    if sleep.as_mut().poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    this.phase = Phase::Running { announced: false };
                }
                Phase::Running { .. } => {
                    if this.run(cx).is_pending() {
                        return Poll::Pending;
                    }
                }
            }
        }
    }
}

impl<S: Service> Drop for Cell<S> {
    fn drop(&mut self) {
        if self.fut.is_some() {
            self.close();
            self.report(ChildEvent::Exited(Exit::DependencyGone("its arbiter stopped".to_owned())));
        }
    }
}
