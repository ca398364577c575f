//! Tests of settlement on a real database.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a crate of tests: what fails, fails the test")]

mod results;
