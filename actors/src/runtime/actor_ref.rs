//! The handle by which an actor is spoken to. It survives restarts; no message it accepts is dropped silently.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use actix::dev::channel::{AddressReceiver, AddressSender, channel};
use arc_swap::ArcSwap;
use thiserror::Error;
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::time::Instant;

use super::envelope::{Outcome, Parcel, ReplyTo, Returns, Seat};
use super::host::Host;
use super::undelivered::{UndeliveredReason, UndeliveredSink};
use super::{Handle, Message, PoisonMemory, Service, Vitals};

/// A message that was not accepted; it comes back with the reason.
#[derive(Debug, Error, PartialEq)]
pub enum TellError<M> {
    /// The mailbox stayed full until the deadline.
    #[error("mailbox is full; slow down or send again later")]
    Full(M),
    /// The actor has ended for good.
    #[error("actor has ended for good; look it up again")]
    Stopped(M),
}

/// A question without an answer. The first four hand the message back and promise that it had no effect.
#[derive(Debug, Error, PartialEq)]
pub enum AskError<M> {
    /// The mailbox stayed full until the deadline.
    #[error("mailbox is full; slow down or send again later")]
    Full(M),
    /// The actor had ended for good before it took the message.
    #[error("actor has ended for good; look it up again")]
    Stopped(M),
    /// The message was accepted and the actor ended for good before it was taken in hand.
    #[error("actor ended for good before it took the message")]
    Unhandled(M),
    /// The message has broken its handler too often to be tried again.
    #[error("message has crashed its handler too often; mend the handler or discard the message")]
    Poisonous(M),
    /// The handler died with the message in hand, which may or may not have had effects.
    #[error("handler ended while it had the message; it may or may not have had effects")]
    Interrupted,
    /// No answer within the deadline; a request still queued then will not be begun.
    #[error("no answer within {0:?}; the request may still be in progress")]
    TimedOut(Duration),
}

pub(crate) struct Mailbox<S: Service> {
    sender: AddressSender<Host<S>>,
    room: Arc<Semaphore>,
    pub(crate) generation: u64,
    abandoned: watch::Sender<bool>,
}

impl<S: Service> Mailbox<S> {
    fn open(capacity: usize, generation: u64) -> (Self, AddressReceiver<Host<S>>) {
        // Room is counted by our own semaphore, for every sender alike, so actix's own bound is switched off.
        let (sender, receiver) = channel(0);
        let mailbox =
            Self { sender, room: Arc::new(Semaphore::new(capacity)), generation, abandoned: watch::Sender::new(false) };
        (mailbox, receiver)
    }
}

pub(crate) struct Shared<S: Service> {
    pub(crate) mailbox: ArcSwap<Mailbox<S>>,
    pub(crate) vitals: Arc<Vitals>,
    pub(crate) poison: PoisonMemory,
    pub(crate) returns: Arc<Returns>,
    /// Set while an incarnation is being torn down after a failure: what is dropped then was in hand at the crash.
    pub(crate) crashing: AtomicBool,
    capacity: usize,
}

impl<S: Service> Shared<S> {
    pub(crate) fn new(
        name: Arc<str>, capacity: usize, poison: PoisonMemory, sink: UndeliveredSink,
    ) -> (Arc<Self>, AddressReceiver<Host<S>>) {
        let (mailbox, receiver) = Mailbox::open(capacity, 0);
        let shared = Self {
            mailbox: ArcSwap::from_pointee(mailbox),
            vitals: Arc::default(),
            poison,
            returns: Arc::new(Returns { actor: name, sink }),
            crashing: AtomicBool::new(false),
            capacity,
        };
        (Arc::new(shared), receiver)
    }

    /// Puts a new mailbox behind the same handles, because the thread that holds the old one will not come back.
    /// Waiting askers fail at once; what the old mailbox holds is returned when its thread wakes up.
    pub(crate) fn replace_mailbox(&self) -> AddressReceiver<Host<S>> {
        let (mailbox, receiver) = Mailbox::open(self.capacity, self.mailbox.load().generation + 1);
        let old = self.mailbox.swap(Arc::new(mailbox));
        old.abandoned.send_replace(true);
        self.vitals.depth.store(0, Relaxed);
        receiver
    }

    pub(crate) fn generation(&self) -> u64 {
        self.mailbox.load().generation
    }
}

/// Speaks to one actor, whichever incarnation of it is running. Cheap to clone.
pub struct ActorRef<S: Service>(pub(crate) Arc<Shared<S>>);

impl<S: Service> Clone for ActorRef<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Service> std::fmt::Debug for ActorRef<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ActorRef({})", self.0.returns.actor)
    }
}

impl<S: Service> ActorRef<S> {
    /// Name of the actor.
    pub fn name(&self) -> &str {
        &self.0.returns.actor
    }

    /// Its signs of life.
    pub fn vitals(&self) -> &Arc<Vitals> {
        &self.0.vitals
    }

    /// Queues the message if there is room now. A restarting actor goes on taking messages until its mailbox is full.
    ///
    /// # Errors
    /// The message comes back in [`TellError`].
    pub fn try_tell<M: Message>(&self, message: M) -> Result<(), TellError<M>>
    where
        S: Handle<M>,
    {
        let mailbox = self.0.mailbox.load();
        match mailbox.room.try_acquire() {
            Ok(permit) => permit.forget(),
            Err(_) if mailbox.sender.connected() => return Err(TellError::Full(message)),
            Err(_) => return Err(TellError::Stopped(message)),
        }
        self.post(&mailbox, message, None).map_err(TellError::Stopped)
    }

    /// Queues the message, waiting for room up to the deadline.
    ///
    /// # Errors
    /// The message comes back in [`TellError`].
    pub async fn tell<M: Message>(&self, message: M, deadline: Duration) -> Result<(), TellError<M>>
    where
        S: Handle<M>,
    {
        let mailbox = self.0.mailbox.load_full();
        match self.wait_for_room(&mailbox, Instant::now() + deadline).await {
            true => self.post(&mailbox, message, None).map_err(TellError::Stopped),
            false => Err(TellError::Full(message)),
        }
    }

    /// Sends the message and waits for the answer; the deadline covers waiting for room, for a restart and for the
    /// handler together.
    ///
    /// # Errors
    /// [`AskError`] says whether the message had effects, and hands it back where it cannot have had any.
    pub async fn ask<M: Message>(&self, message: M, deadline: Duration) -> Result<M::Reply, AskError<M>>
    where
        S: Handle<M>,
    {
        let until = Instant::now() + deadline;
        let mailbox = self.0.mailbox.load_full();
        if !self.wait_for_room(&mailbox, until).await {
            return Err(AskError::Full(message));
        }
        let (reply, answer) = oneshot::channel();
        self.post(&mailbox, message, Some(reply)).map_err(AskError::Stopped)?;
        let mut abandoned = mailbox.abandoned.subscribe();
        tokio::select! {
            biased;
            outcome = answer => match outcome {
                Ok(Outcome::Answer(answer)) => Ok(answer),
                Ok(Outcome::Unhandled(message, UndeliveredReason::Poisonous)) => Err(AskError::Poisonous(message)),
                Ok(Outcome::Unhandled(message, _)) => Err(AskError::Unhandled(message)),
                Err(_) => Err(AskError::Interrupted),
            },
            _ = abandoned.wait_for(|gone| *gone) => Err(AskError::Interrupted),
            () = tokio::time::sleep_until(until) => Err(AskError::TimedOut(deadline)),
        }
    }

    async fn wait_for_room(&self, mailbox: &Mailbox<S>, until: Instant) -> bool {
        if let Ok(permit) = mailbox.room.try_acquire() {
            permit.forget();
            return true;
        }
        match tokio::time::timeout_at(until, mailbox.room.acquire()).await {
            Ok(Ok(permit)) => {
                permit.forget();
                true
            }
            _ => false,
        }
    }

    fn post<M: Message>(&self, mailbox: &Mailbox<S>, message: M, reply: ReplyTo<M>) -> Result<(), M>
    where
        S: Handle<M>,
    {
        let seat = Seat::take(mailbox.room.clone(), self.0.vitals.clone());
        let parcel = Parcel::new(message, reply, seat, self.0.returns.clone());
        match mailbox.sender.try_send(parcel, false) {
            Ok(()) => Ok(()),
            Err(actix::dev::SendError::Full(parcel) | actix::dev::SendError::Closed(parcel)) => match parcel.unsent() {
                Some(message) => Err(message),
                None => Ok(()),
            },
        }
    }

    /// Asks the mailbox to end the incarnation once everything queued before has been handled.
    pub(crate) fn post_drain(&self) {
        // Exempt from the bound: an ordered stop must get through to a full mailbox. A closed one has ended already.
        let drain = super::host::Drain { incarnation: self.0.vitals.incarnation() };
        let _ = self.0.mailbox.load().sender.try_send(drain, false);
    }
}
