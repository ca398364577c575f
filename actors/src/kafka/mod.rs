//! Kafka connections with deadlines. One connection is one queue: a long-polling fetch holds up everything behind it,
//! so producing and each consumed partition have a client of their own.

mod broker;
mod error;

pub(crate) use broker::within;
pub use broker::{Broker, KafkaConfig, TopicConfig};
pub use error::{BrokerError, Verdict};
