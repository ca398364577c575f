//! Policies that were sold: events, checked, and the table that they are kept in.

mod event;
mod projection;

pub use event::PolicyState;
pub use projection::PoliciesProjection;
