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
mod contract;
mod crash;
mod desk;
mod events;
mod exported;
mod insist;
mod instances;
mod ledger;
mod openapi;
mod operator;
mod polis;
mod proof;
mod sale;
mod sale_crash;
mod sale_faults;
mod sale_instances;
mod settlement;
mod settlement_bad_input;
mod settlement_dead_letters;
mod settlement_faults;
mod settlement_page;
mod settlement_run;
mod sold;
mod spine;
mod sse;
mod stack;
mod statement;
