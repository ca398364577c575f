//! Tests of the actors crate: the runtime in virtual time, the messaging actors on the real parts.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a crate of tests: what fails, fails the test"
)]

mod messaging;
mod runtime;
