//! The wire contracts of Polis: protobuf messages by package and version, the event envelope, id newtypes.

mod check_digit;
mod dates;
mod envelope;
mod ids;
mod lines;
mod money;
mod partition;

pub use check_digit::check_digit;
pub use dates::{DateError, date, timestamp};
pub use envelope::{Attributes, CONTENT_TYPE, Envelope, EnvelopeError};
pub use ids::{Epoch, EventId, InsurerId, Offset, PartitionId, ProductId, Revision, Seq, TariffId, Topic};
pub use lines::BUSINESS_LINES;
pub use money::MoneyError;
pub use partition::partition_of;

pub use generated::google::r#type as google_type;
pub use generated::polis::{catalogue, insurer, payments, policies, runtime, sales};

/// Generated from `proto/`, one module for each package and version.
#[expect(missing_docs, clippy::all, reason = "generated")]
#[expect(unreachable_pub, reason = "generated")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/contracts.rs"));
}
