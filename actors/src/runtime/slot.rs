//! The lasting place of a child: its mailbox, its handles and its current cell.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix::dev::channel::AddressReceiver;
use tokio::sync::mpsc;

use super::actor_ref::Shared;
use super::cell::{Cell, Command};
use super::child::{Child, ChildEvent, EventSender, Roster};
use super::host::Host;
use super::spec::Policy;
use super::{ActorRef, Ctx, Exit, Placement, Placer, PoisonMemory, Service, StartError, UndeliveredSink, Vitals};

pub(crate) type Factory<S> = Arc<dyn Fn(&mut Ctx<'_, S>) -> Result<S, StartError> + Send + Sync>;

pub(crate) struct Slot<S: Service> {
    name: Arc<str>,
    factory: Factory<S>,
    policy: Policy,
    placement: Placement,
    roster: Option<Arc<Roster>>,
    shared: Arc<Shared<S>>,
    control: Mutex<Control<S>>,
}

/// What changes hands between the supervisor's thread and the watchdog's.
struct Control<S: Service> {
    /// The receiving half of the current mailbox until a cell takes it.
    receiver: Option<AddressReceiver<Host<S>>>,
    commands: Option<mpsc::UnboundedSender<Command>>,
    events: Option<EventSender>,
}

impl<S: Service> Slot<S> {
    pub(crate) fn new(
        name: Arc<str>, factory: Factory<S>, policy: Policy, placement: Placement, mailbox: usize,
        (poison, sink): (PoisonMemory, UndeliveredSink), roster: Option<Arc<Roster>>,
    ) -> Self {
        let (shared, receiver) = Shared::new(name.clone(), mailbox, poison, sink);
        let control = Control { receiver: Some(receiver), commands: None, events: None };
        Self { name, factory, policy, placement, roster, shared, control: Mutex::new(control) }
    }

    pub(crate) fn actor_ref(&self) -> ActorRef<S> {
        ActorRef(self.shared.clone())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Control<S>> {
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn command(&self, command: Command) {
        if let Some(commands) = &self.lock().commands {
            // A cell that is gone has reported its end itself.
            let _ = commands.send(command);
        }
    }

    /// Puts a cell for the waiting mailbox on an arbiter, without waiting for it.
    fn place(&self, control: &mut Control<S>, placer: &Arc<dyn Placer>) -> Option<mpsc::UnboundedSender<Command>> {
        let receiver = control.receiver.take()?;
        let (commands, inbox) = mpsc::unbounded_channel();
        let (shared, factory, generation) = (self.shared.clone(), self.factory.clone(), self.shared.generation());
        let arbiter = placer.place(
            &self.placement,
            Box::new(move || {
                let cell = Cell::new(shared, receiver, factory, generation, inbox);
                start_cell(cell);
            }),
        );
        self.shared.vitals.on_arbiter(arbiter);
        Some(commands)
    }
}

#[expect(clippy::disallowed_methods, reason = "a cell is supervised by whoever holds its command channel")]
fn start_cell<S: Service>(cell: Cell<S>) {
    tokio::task::spawn_local(cell);
}

impl<S: Service> Child for Slot<S> {
    fn name(&self) -> &Arc<str> {
        &self.name
    }

    fn kind(&self) -> &'static str {
        S::KIND
    }

    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn vitals(&self) -> &Arc<Vitals> {
        &self.shared.vitals
    }

    fn roster(&self) -> Option<&Arc<Roster>> {
        self.roster.as_ref()
    }

    fn start(&self, placer: &Arc<dyn Placer>, delay: Duration, events: EventSender) {
        let mut control = self.lock();
        control.events = Some(events.clone());
        if control.commands.as_ref().is_none_or(mpsc::UnboundedSender::is_closed) {
            if control.receiver.is_none() {
                // The arbiter that held the mailbox is gone, and what was queued has been handed back.
                control.receiver = Some(self.shared.replace_mailbox());
            }
            control.commands = self.place(&mut control, placer);
        }
        let sent =
            control.commands.as_ref().is_some_and(|c| c.send(Command::Start { delay, events: events.clone() }).is_ok());
        drop(control);
        if !sent {
            events(ChildEvent::Exited(Exit::DependencyGone("its arbiter stopped".to_owned())));
        }
    }

    fn stop(&self) {
        self.command(Command::Stop);
    }

    fn kill(&self, exit: Exit) {
        self.command(Command::Kill(exit));
    }

    fn abandon(&self, exit: Exit) {
        let mut control = self.lock();
        control.commands = None;
        control.receiver = Some(self.shared.replace_mailbox());
        self.shared.vitals.ended(&exit);
        let events = control.events.clone();
        drop(control);
        if let Some(events) = events {
            events(ChildEvent::Exited(exit));
        }
    }

    fn terminate(&self) {
        let mut control = self.lock();
        control.receiver = None;
        if let Some(commands) = &control.commands {
            let _ = commands.send(Command::Terminate);
        }
    }
}
