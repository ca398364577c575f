#![allow(unreachable_pub, reason = "one crate of tests: its modules see one another")]
//! Tests of the actors crate: the runtime in virtual time, the messaging actors on the real parts.

mod messaging;
mod runtime;
