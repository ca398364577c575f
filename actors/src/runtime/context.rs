//! What an actor can do from inside a handler.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use actix::fut::{ActorFutureExt, wrap_future};
use actix::{ActorContext, AsyncContext, SpawnHandle};

use super::actor_ref::Shared;
use super::host::{Host, HostParts};
use super::linked::spawn_guarded;
use super::{ActorRef, Exit, Progress, Service};

/// The actor's own view of its incarnation, lent to it for the length of one call.
pub struct Ctx<'a, S: Service> {
    pub(crate) actx: &'a mut actix::Context<Host<S>>,
    pub(crate) parts: &'a HostParts<S>,
}

impl<S: Service> Ctx<'_, S> {
    /// The actor's own handle.
    pub fn myself(&self) -> ActorRef<S> {
        ActorRef(self.shared().clone())
    }

    /// Number of this incarnation, from 1. A fencing token for writes outside.
    pub fn incarnation(&self) -> u64 {
        self.shared().vitals.incarnation()
    }

    /// The pen for signs of life; clone it into background work.
    pub fn progress(&self) -> Progress {
        Progress(self.shared().vitals.clone())
    }

    /// Ends this incarnation: the actor is done. A permanent child is started again.
    pub fn finish(&mut self) {
        self.end(Exit::Finished);
    }

    /// Ends this incarnation with an error it cannot continue after. The whole chain of causes is kept.
    pub fn fail(&mut self, error: &(dyn std::error::Error + 'static)) {
        self.end(Exit::Failed(error_chain(error)));
    }

    /// Ends this incarnation for the given reason.
    pub fn end(&mut self, exit: Exit) {
        self.parts.exit.set_if_none(exit);
        self.actx.stop();
    }

    /// Runs a future beside the actor's messages, then hands its output to the state. It ends with the incarnation;
    /// a panic in it is the actor's panic.
    pub fn spawn<F>(
        &mut self, future: F, then: impl FnOnce(&mut S, F::Output, &mut Ctx<'_, S>) + 'static,
    ) -> SpawnHandle
    where
        F: Future + 'static,
    {
        self.actx.spawn(
            wrap_future::<F, Host<S>>(future)
                .map(move |output, host, actx| host.then(actx, |state, ctx| then(state, output, ctx))),
        )
    }

    /// As [`Ctx::spawn`], but the future runs on the I/O threads, where it may use them fully. It is aborted when the
    /// incarnation ends, and its panic is the actor's panic.
    pub fn spawn_linked<F>(
        &mut self, future: F, then: impl FnOnce(&mut S, F::Output, &mut Ctx<'_, S>) + 'static,
    ) -> SpawnHandle
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let task = spawn_guarded(future);
        self.spawn(task, move |state, ended, ctx| match ended {
            Ok(output) => then(state, output, ctx),
            Err(exit) => ctx.end(exit),
        })
    }

    /// Calls back after a delay, unless the incarnation ends before.
    pub fn after(&mut self, delay: Duration, then: impl FnOnce(&mut S, &mut Ctx<'_, S>) + 'static) -> SpawnHandle {
        self.spawn(tokio::time::sleep(delay), move |state, (), ctx| then(state, ctx))
    }

    /// Calls back every period until the incarnation ends.
    pub fn every(&mut self, period: Duration, mut then: impl FnMut(&mut S, &mut Ctx<'_, S>) + 'static) -> SpawnHandle {
        self.actx.run_interval(period, move |host, actx| host.then(actx, |state, ctx| then(state, ctx)))
    }

    /// Cancels a future of this incarnation.
    pub fn cancel(&mut self, handle: SpawnHandle) {
        self.actx.cancel_future(handle);
    }

    pub(crate) fn shared(&self) -> &Arc<Shared<S>> {
        &self.parts.shared
    }
}

/// The innermost cause alone, where the outer ones only say that there is one, as in "error decoding response body".
pub fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut inner = error;
    while let Some(next) = inner.source() {
        inner = next;
    }
    inner.to_string()
}

/// An error and all its causes in one line, joined by colons.
pub fn error_chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        // Some libraries repeat the cause inside their own text.
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}
