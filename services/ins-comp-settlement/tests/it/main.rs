//! Tests of settlement on a real database: how registers are taken, and how breaks are followed. Registers of the sandbox, without
//! one, against what they are to hold.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a crate of tests: what fails, fails the test"
)]

mod breaks_followed;
mod breaks_settled;
mod intake;
mod intake_alone;
mod intake_sent;
mod results;
mod retention;
mod sandbox_registers;
mod world;
