//! Tests of the actors crate: the runtime in virtual time, the messaging actors on the real parts.

mod runtime;
