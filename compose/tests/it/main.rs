//! Tests of the stack, and of Polis as a whole on it.
#![allow(unreachable_pub, reason = "one crate of tests: its modules see one another")]

mod bad_input;
mod crash;
mod polis;
mod spine;
mod stack;
