//! The one actix actor of Polis. It holds the state of a [`Service`], opens parcels, and ends when it is told to.

use std::any::type_name;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use actix::fut::{ActorFutureExt, wrap_future};
use actix::{Actor, ActorContext, AsyncContext, Context, Handler, Supervised};

use super::actor_ref::Shared;
use super::context::error_chain;
use super::envelope::{Outcome, Parcel, ReplyTo};
use super::service::Deferred;
use super::slot::Factory;
use super::undelivered::UndeliveredReason;
use super::{ChildState, Ctx, Exit, Handle, Message, PoisonKey, Reply, Service};

/// actix drains a mailbox until it is empty; without a pause now and then a flooding sender starves the actor's own
/// timers, its neighbours on the arbiter, and even the command to kill it.
const YIELD_EVERY: u32 = 64;

#[derive(Clone, Default)]
pub(crate) struct ExitSlot(Rc<RefCell<Option<Exit>>>);

impl ExitSlot {
    pub(crate) fn set_if_none(&self, exit: Exit) {
        self.0.borrow_mut().get_or_insert(exit);
    }

    pub(crate) fn take(&self) -> Option<Exit> {
        self.0.borrow_mut().take()
    }
}

pub(crate) struct HostParts<S: Service> {
    pub(crate) shared: Arc<Shared<S>>,
    pub(crate) exit: ExitSlot,
    pub(crate) generation: u64,
}

pub(crate) struct Host<S: Service> {
    state: Option<Box<S>>,
    parts: HostParts<S>,
    factory: Factory<S>,
    since_yield: u32,
}

/// Queued by an ordered stop: everything before it is handled first. It names the incarnation it is for, because one
/// that was killed before it got here leaves its own behind.
pub(crate) struct Drain {
    pub(crate) incarnation: u64,
}

impl actix::Message for Drain {
    type Result = ();
}

impl<S: Service> Host<S> {
    pub(crate) fn new(parts: HostParts<S>, factory: Factory<S>) -> Self {
        Self { state: None, parts, factory, since_yield: 0 }
    }

    /// Gives the state and a context to `f`. Futures only run while there is a state, so its absence is a bug here.
    #[expect(clippy::expect_used, reason = "a broken invariant crashes the child, which its supervisor sees")]
    pub(crate) fn then<R>(&mut self, actx: &mut Context<Self>, f: impl FnOnce(&mut S, &mut Ctx<'_, S>) -> R) -> R {
        let state = self.state.as_mut().expect("a running incarnation has a state");
        f(state, &mut Ctx { actx, parts: &self.parts })
    }

    fn fenced(&self, actx: &mut Context<Self>) -> bool {
        let stale = self.parts.generation != self.parts.shared.generation();
        if stale {
            actx.terminate();
        }
        stale
    }

    fn pause_now_and_then(&mut self, actx: &mut Context<Self>) {
        self.since_yield += 1;
        if self.since_yield >= YIELD_EVERY {
            self.since_yield = 0;
            actx.wait(wrap_future(tokio::task::yield_now()));
        }
    }
}

impl<S: Service> Actor for Host<S> {
    type Context = Context<Self>;

    fn started(&mut self, actx: &mut Context<Self>) {
        let vitals = self.parts.shared.vitals.clone();
        vitals.enter(ChildState::Starting);
        vitals.incarnation.fetch_add(1, Relaxed);
        let mut ctx = Ctx { actx, parts: &self.parts };
        match (self.factory)(&mut ctx) {
            Ok(mut state) => {
                state.started(&mut ctx);
                self.state = Some(Box::new(state));
                vitals.enter(ChildState::Running);
            }
            Err(error) => ctx.end(Exit::Failed(error_chain(&*error))),
        }
    }
}

impl<S: Service> Supervised for Host<S> {
    fn restarting(&mut self, _: &mut Context<Self>) {
        self.state = None;
        self.since_yield = 0;
    }
}

impl<S: Service> Handler<Drain> for Host<S> {
    type Result = ();

    fn handle(&mut self, drain: Drain, actx: &mut Context<Self>) {
        if self.fenced(actx) || drain.incarnation != self.parts.shared.vitals.incarnation() {
            return;
        }
        self.parts.shared.vitals.enter(ChildState::Stopping);
        match self.then(actx, |state, ctx| state.drain(ctx)) {
            None => {
                self.parts.exit.set_if_none(Exit::Finished);
                actx.stop();
            }
            Some(finishing) => {
                actx.spawn(wrap_future::<_, Self>(finishing).map(|(), host, actx| {
                    host.parts.exit.set_if_none(Exit::Finished);
                    actx.stop();
                }));
            }
        }
    }
}

impl<S, M> Handler<Parcel<M>> for Host<S>
where
    S: Handle<M>,
    M: Message,
{
    type Result = ();

    fn handle(&mut self, parcel: Parcel<M>, actx: &mut Context<Self>) {
        if self.fenced(actx) {
            parcel.refuse(UndeliveredReason::Abandoned);
            return;
        }
        self.pause_now_and_then(actx);
        let shared = self.parts.shared.clone();
        let key = parcel.peek().and_then(Message::poison_key);
        if key.as_ref().is_some_and(|key| shared.poison.is_poisonous(key)) {
            parcel.refuse(UndeliveredReason::Poisonous);
            return;
        }
        let Some((message, reply)) = parcel.open() else { return };
        shared.vitals.with_notes(|notes| notes.handling = Some(type_name::<M>()));
        let in_hand = InHand::new(shared.clone(), key);
        match self.then(actx, |state, ctx| state.handle(message, ctx)) {
            Reply::Now(answer) => {
                drop(in_hand);
                send_answer::<M>(reply, answer);
            }
            Reply::Concurrent(future) => {
                actx.spawn(answer_later::<S, M>(future, reply, in_hand));
            }
            Reply::Exclusive(future) => actx.wait(answer_later::<S, M>(future, reply, in_hand)),
        }
    }
}

fn answer_later<S: Service, M: Message>(
    future: Deferred<S, M::Reply>, reply: ReplyTo<M>, in_hand: InHand<S>,
) -> impl actix::ActorFuture<Host<S>, Output = ()> {
    future.0.map(move |answer, _, _| {
        drop(in_hand);
        send_answer::<M>(reply, answer);
    })
}

fn send_answer<M: Message>(reply: ReplyTo<M>, answer: M::Reply) {
    if let Some(reply) = reply {
        // The asker may have stopped waiting; the work is done either way.
        let _ = reply.send(Outcome::Answer(answer));
    }
}

/// A message in hand. When the actor crashes while it lives, the message is struck as a suspect.
struct InHand<S: Service> {
    shared: Arc<Shared<S>>,
    key: Option<PoisonKey>,
}

impl<S: Service> InHand<S> {
    fn new(shared: Arc<Shared<S>>, key: Option<PoisonKey>) -> Self {
        shared.vitals.in_flight.fetch_add(1, Relaxed);
        shared.vitals.tick();
        Self { shared, key }
    }
}

impl<S: Service> Drop for InHand<S> {
    fn drop(&mut self) {
        let vitals = &self.shared.vitals;
        let _ = vitals.in_flight.fetch_update(Relaxed, Relaxed, |n| n.checked_sub(1));
        vitals.handled.fetch_add(1, Relaxed);
        vitals.tick();
        let crashed = std::thread::panicking() || self.shared.crashing.load(Relaxed);
        if let (true, Some(key)) = (crashed, self.key.take()) {
            self.shared.poison.strike(key);
        }
    }
}
