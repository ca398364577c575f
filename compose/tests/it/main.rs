//! Tests of the stack, and of Polis as a whole on it.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a crate of tests: what fails, fails the test"
)]

mod alerts;
mod bad_input;
mod browser;
mod buyer;
mod buying;
mod crash;
mod events;
mod instances;
mod operator;
mod polis;
mod sale;
mod sale_crash;
mod spine;
mod stack;
