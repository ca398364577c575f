//! Tests of the aggregator: protocols against the sandbox, the writer on a real database.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a crate of tests: what fails, fails the test"
)]

mod bed;
mod contract;
mod credentials;
mod faults;
mod tls;
mod writer;
