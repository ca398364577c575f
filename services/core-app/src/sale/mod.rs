//! The sale of a policy. [`state`] is what events make of an application, [`decide`] what may happen next, [`refund`] what
//! goes back: these are pure. [`store`] keeps the events as they are [`stored`], [`projections`]
//! are made from them, with them or again ([`rebuild`]), [`chain`] proves them. [`sealing`] keeps what is personal and
//! [`holder`] opens it, both with [`seal`]. [`effects`] is what follows from events. [`requests`], [`timekeeper`], [`calls`] and
//! [`settle`] are the payment saga with the [`provider`]. [`news`] tells whoever watches.

mod calls;
pub mod chain;
mod decide;
mod effects;
mod holder;
mod news;
mod projections;
pub mod provider;
pub mod rebuild;
mod refund;
mod requests;
pub mod seal;
pub mod sealing;
mod settle;
mod state;
pub mod store;
mod stored;
mod timekeeper;

pub use decide::{Command, Overdue, Refusal, decide};
pub use effects::Topics;
pub use holder::{HolderError, holder, in_own_words, words_of};
pub use news::News;
pub use refund::COOLING_OFF_DAYS;
pub use requests::PaymentRequests;
pub use settle::{LearnedBy, settle};
pub use state::{Application, Received, Status};
pub use stored::{name as kind_of_event, write as stored_event};
pub use timekeeper::Timekeeper;
