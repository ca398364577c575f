//! How an insurer can misbehave.

use serde::{Deserialize, Serialize};

/// A fault, as the control API takes it: `{"kind": "status", "status": 503}`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// Answers with that status.
    Status {
        /// HTTP status code.
        status: u16,
        /// `Retry-After`, in seconds.
        retry_after: Option<u64>,
        /// So many times, then it is well again; for ever when absent.
        times: Option<u32>,
    },
    /// Where tokens are issued, the answer has that status; the catalogue is well for those who have one.
    NoToken {
        /// HTTP status code.
        status: u16,
        /// `Retry-After`, in seconds.
        retry_after: Option<u64>,
    },
    /// Answers after that many seconds.
    Slow {
        /// How long it takes.
        seconds: u64,
    },
    /// Takes the request and never answers.
    Hang,
    /// A web page with status 200.
    Html,
    /// A body that ends in the middle, though whole as HTTP sees it.
    Truncated,
    /// A connection that ends in the middle of the body.
    Cut,
    /// Bytes that are not UTF-8, called UTF-8.
    Encoding,
    /// A body of that many megabytes.
    Large {
        /// Size.
        megabytes: usize,
    },
    /// The elements of XML and SOAP are in another namespace.
    ChangedNamespace,
    /// A file on a server that is still being written: it grows with every look.
    Growing,
    /// No products.
    Empty,
    /// A product without its price.
    MissingPrice,
    /// A negative price.
    NegativePremium,
    /// A currency that nobody knows.
    UnknownCurrency,
    /// A product that is there twice.
    DuplicateId,
    /// A price that is another one with every second request.
    FlappingPrice,
}
