//! The supervision runtime: each rule proved by making it necessary.

mod busy;
mod mailbox;
mod panics;
mod poison;
mod probe;
mod ready;
mod shutdown;
mod strategies;
mod stuck;
