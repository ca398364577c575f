//! What the broker said, and whether trying again can help.

use std::time::Duration;

use rskafka::client::error::{Error, ProtocolError};
use thiserror::Error as ThisError;

/// An error of the broker or on the way to it.
#[derive(Debug, ThisError)]
pub enum BrokerError {
    /// It answered with an error, or the connection failed.
    #[error("kafka: {0}")]
    Client(#[from] Error),
    /// It did not answer.
    #[error("kafka did not answer within {0:?}")]
    TimedOut(Duration),
    /// A topic that is not there, or is not as declared.
    #[error("topic {topic} has {found} partitions, {wanted} are needed; create it with: {command}")]
    Topic {
        /// Name.
        topic: String,
        /// Partitions wanted.
        wanted: i32,
        /// Partitions found; 0 when it is missing.
        found: i32,
        /// What to run.
        command: String,
    },
}

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The broker is away or busy: wait and repeat.
    Retry,
    /// It will never accept these records.
    Refused,
    /// The topic is not there.
    NoTopic,
    /// The offset asked for is no longer, or not yet, in the log.
    OutOfRange,
}

impl BrokerError {
    /// What to do about it.
    pub fn verdict(&self) -> Verdict {
        let Self::Client(Error::ServerError { protocol_error, .. }) = self else { return Verdict::Retry };
        match protocol_error {
            ProtocolError::MessageTooLarge
            | ProtocolError::RecordListTooLarge
            | ProtocolError::InvalidRecord
            | ProtocolError::InvalidTopicException => Verdict::Refused,
            ProtocolError::UnknownTopicOrPartition => Verdict::NoTopic,
            ProtocolError::OffsetOutOfRange => Verdict::OutOfRange,
            _ => Verdict::Retry,
        }
    }
}
