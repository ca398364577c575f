//! The sale of a policy. [`state`] is what events make of an application, [`decide`] what may happen next, [`refund`] what
//! goes back: these are pure. [`store`] keeps the events, [`chain`] proves them, [`seal`] keeps secrets, [`effects`] is what
//! follows from events. [`requests`], [`timekeeper`], [`calls`] and [`settle`] are the payment saga with the [`provider`].

mod calls;
pub mod chain;
mod decide;
mod effects;
pub mod provider;
mod refund;
mod requests;
pub mod seal;
mod settle;
mod state;
pub mod store;
mod timekeeper;

pub use decide::{Command, Overdue, Refusal, decide};
pub use effects::Topics;
pub use refund::COOLING_OFF_DAYS;
pub use requests::PaymentRequests;
pub use settle::{LearnedBy, settle};
pub use state::{Application, Received, Status};
pub use timekeeper::Timekeeper;
