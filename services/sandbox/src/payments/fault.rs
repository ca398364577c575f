//! How the provider can misbehave.

use serde::{Deserialize, Serialize};

/// A fault, as the control API takes it: `{"kind": "down"}`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum PaymentFault {
    /// Answers 503 to every call.
    Down,
    /// Answers after that many milliseconds.
    Slow {
        /// How long it takes.
        millis: u64,
    },
    /// Makes the payment, or pays it back, and then cuts the connection: whoever asked does not learn of it.
    AnswerLost,
    /// Refuses to make a payment, and would again.
    Refused,
    /// Sends no notifications.
    NotificationLost,
    /// Sends each notification twice.
    NotificationTwice,
    /// Approves and notifies before it answers the call that makes the payment.
    NotificationFirst,
    /// Signs with another secret.
    BadSignature,
    /// Notifies of a decline first and of the success afterwards.
    AnswersDiffer,
    /// Notifies of a decline though the money has come, and never says otherwise until it is asked.
    DeclinedFalsely,
    /// Takes another amount than was asked for.
    WrongAmount,
}
