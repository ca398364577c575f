//! What happens to a message that an actor accepted and never handled.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

/// Why a message was not handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UndeliveredReason {
    /// The actor stopped for good with the message still queued.
    Stopped,
    /// The actor's thread was abandoned with the message still queued behind the one that hung.
    Abandoned,
    /// The message has broken its handler too often.
    Poisonous,
}

impl UndeliveredReason {
    /// The name used in metrics and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::Abandoned => "abandoned",
            Self::Poisonous => "poisonous",
        }
    }
}

/// A message handed back because nobody will handle it. Its sender did not wait for an answer, so it comes here.
pub struct Undelivered {
    /// Path of the actor it was addressed to.
    pub actor: Arc<str>,
    /// Type name of the message.
    pub message: &'static str,
    /// Why it was not handled.
    pub reason: UndeliveredReason,
    /// The message itself, to be downcast by a sink that knows the type.
    pub body: Box<dyn Any + Send>,
}

impl fmt::Debug for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Undelivered")
            .field("actor", &self.actor)
            .field("message", &self.message)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

/// Receives undeliverable messages. Must not block: it may run on an actor's thread.
pub type UndeliveredSink = Arc<dyn Fn(Undelivered) + Send + Sync>;

/// The default sink: one warning and one counted sample for each message.
pub(crate) fn log_undelivered() -> UndeliveredSink {
    Arc::new(|lost| {
        metrics::counter!("polis_actor_undelivered_total", "reason" => lost.reason.as_str()).increment(1);
        tracing::warn!(
            actor = &*lost.actor,
            message = lost.message,
            reason = lost.reason.as_str(),
            "message was not handled"
        );
    })
}
