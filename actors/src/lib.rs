//! The actors of Polis: the supervision runtime on actix, and the reusable actors that stand on it.

pub mod runtime;
pub mod testkit;
