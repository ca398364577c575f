//! Supervisors: a pure decision core and the actor that carries its decisions out.

mod budget;
mod core;
#[cfg(test)]
mod core_tests;
mod shell;
mod spec;
mod strategy;

pub use budget::Budget;
pub use shell::{AddChild, AddChildError, RemoveChild, Supervisor};
pub use spec::SupervisorSpec;
pub use strategy::Strategy;
