//! What an actor is: a [`Service`] with one [`Handle`] block for each message it takes.

use std::future::Future;
use std::pin::Pin;

use actix::fut::{ActorFuture, ActorFutureExt, wrap_future};

use super::host::Host;
use super::{Ctx, PoisonKey};

/// Any error a factory may return; it becomes [`super::Exit::Failed`] with its whole chain.
pub type StartError = Box<dyn std::error::Error + Send + Sync>;

/// A message and the type of its answer.
pub trait Message: Send + 'static {
    /// What an asker gets; `()` for messages that are only told.
    type Reply: Send + 'static;

    /// Identity across redeliveries. A message that returns one is remembered when it crashes its handler, and refused
    /// once it has done so too often.
    fn poison_key(&self) -> Option<PoisonKey> {
        None
    }
}

/// The state of an actor. A fresh value is built by the child's factory for every incarnation.
pub trait Service: Sized + 'static {
    /// The kind shown in the tree.
    const KIND: &'static str;

    /// Runs once, before the first message of this incarnation.
    fn started(&mut self, _ctx: &mut Ctx<'_, Self>) {}

    /// Runs when an ordered stop reaches the front of the mailbox. The child ends when the returned future does, and
    /// is killed when that takes longer than its grace period. Messages go on being handled meanwhile.
    fn drain(&mut self, _ctx: &mut Ctx<'_, Self>) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
        None
    }
}

/// How a service answers one kind of message.
pub trait Handle<M: Message>: Service {
    /// Handles the message. A panic here, or in the future of the reply, ends the incarnation and no other actor.
    fn handle(&mut self, message: M, ctx: &mut Ctx<'_, Self>) -> Reply<Self, M::Reply>;
}

/// An answer that a future brings.
pub struct Deferred<S: Service, R>(pub(crate) Pin<Box<dyn ActorFuture<Host<S>, Output = R>>>);

/// An answer, at once or later.
pub enum Reply<S: Service, R> {
    /// The answer is here.
    Now(R),
    /// The answer comes from a future; other messages are handled meanwhile.
    Concurrent(Deferred<S, R>),
    /// The answer comes from a future; nothing else of this actor runs until it is done.
    Exclusive(Deferred<S, R>),
}

impl<S: Service, R: 'static> Reply<S, R> {
    /// Answers from a future, beside other messages.
    pub fn concurrent(future: impl Future<Output = R> + 'static) -> Self {
        Self::Concurrent(Deferred(Box::pin(wrap_future(future))))
    }

    /// Answers from a future that owns the actor until it is done.
    pub fn exclusive(future: impl Future<Output = R> + 'static) -> Self {
        Self::Exclusive(Deferred(Box::pin(wrap_future(future))))
    }

    /// As [`Reply::exclusive`], then changes the state with what the future brought.
    pub fn exclusive_then<F>(future: F, then: impl FnOnce(&mut S, F::Output, &mut Ctx<'_, S>) -> R + 'static) -> Self
    where
        F: Future + 'static,
    {
        Self::Exclusive(Deferred(Box::pin(
            wrap_future::<F, Host<S>>(future)
                .map(move |output, host, actx| host.then(actx, |s, ctx| then(s, output, ctx))),
        )))
    }
}
