//! The parcel a message travels in. Whatever happens to the actor, a parcel ends in exactly one of four ways: handled,
//! answered with an error that says why not, handed back to the asker, or given to the undelivered sink.

use std::any::type_name;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use tokio::sync::{Semaphore, oneshot};

use super::undelivered::{Undelivered, UndeliveredReason, UndeliveredSink};
use super::{Message, Vitals};

/// What comes back to an asker.
pub(crate) enum Outcome<M: Message> {
    Answer(M::Reply),
    Unhandled(M, UndeliveredReason),
}

pub(crate) type ReplyTo<M> = Option<oneshot::Sender<Outcome<M>>>;

/// The place in a bounded mailbox that one message holds until it is taken in hand.
pub(crate) struct Seat {
    pub(crate) room: Arc<Semaphore>,
    pub(crate) vitals: Arc<Vitals>,
}

impl Seat {
    pub(crate) fn take(room: Arc<Semaphore>, vitals: Arc<Vitals>) -> Self {
        // An idle actor's clock starts with its first message, or the watchdog would call it stuck at once.
        if vitals.depth.fetch_add(1, Relaxed) == 0 {
            vitals.work_arrives();
        }
        Self { room, vitals }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.room.add_permits(1);
        let _ = self.vitals.depth.fetch_update(Relaxed, Relaxed, |n| n.checked_sub(1));
    }
}

/// Where parcels that nobody handles go.
pub(crate) struct Returns {
    pub(crate) actor: Arc<str>,
    pub(crate) sink: UndeliveredSink,
}

pub(crate) struct Parcel<M: Message> {
    content: Option<(M, ReplyTo<M>)>,
    seat: Option<Seat>,
    returns: Arc<Returns>,
    reason: UndeliveredReason,
}

impl<M: Message> actix::Message for Parcel<M> {
    type Result = ();
}

impl<M: Message> Parcel<M> {
    pub(crate) fn new(message: M, reply: ReplyTo<M>, seat: Seat, returns: Arc<Returns>) -> Self {
        Self { content: Some((message, reply)), seat: Some(seat), returns, reason: UndeliveredReason::Stopped }
    }

    /// Opens the parcel. None when the asker has stopped waiting: its request is then not begun at all.
    pub(crate) fn open(mut self) -> Option<(M, ReplyTo<M>)> {
        self.seat = None;
        let (message, reply) = self.content.take()?;
        if reply.as_ref().is_some_and(oneshot::Sender::is_closed) {
            return None;
        }
        Some((message, reply))
    }

    /// Takes the message back out of a parcel that could not be sent.
    pub(crate) fn unsent(mut self) -> Option<M> {
        self.content.take().map(|(message, _)| message)
    }

    /// Sends the parcel back unopened.
    pub(crate) fn refuse(mut self, reason: UndeliveredReason) {
        self.reason = reason;
    }

    pub(crate) fn peek(&self) -> Option<&M> {
        self.content.as_ref().map(|(message, _)| message)
    }
}

impl<M: Message> Drop for Parcel<M> {
    fn drop(&mut self) {
        let Some((message, reply)) = self.content.take() else { return };
        let message = match reply {
            Some(reply) => match reply.send(Outcome::Unhandled(message, self.reason)) {
                Ok(()) => return,
                // The asker gave up on it earlier and knows that it may be lost.
                Err(_) => return,
            },
            None => message,
        };
        (self.returns.sink)(Undelivered {
            actor: self.returns.actor.clone(),
            message: type_name::<M>(),
            reason: self.reason,
            body: Box::new(message),
        });
    }
}
