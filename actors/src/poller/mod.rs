//! The poller: calls an insurer on its schedule, within a deadline, and hands on what it got whole or not at all.
//!
//! One actor per insurer, owned by a lease. [`schedule`] says when, [`orders`] what an operator wants instead, [`source`]
//! is what a protocol implements, [`target`] what takes the answer; [`breaker`] keeps a failing insurer from being
//! hammered.

pub mod actor;
mod breaker;
mod orders;
mod schedule;
mod source;
mod target;

pub use actor::{Poller, PollerConfig, PollerSpec};
pub use breaker::{Breaker, BreakerState};
pub use orders::{OrderBook, OrderDesk, Orders};
pub use schedule::{Beat, Hours, Schedule};
pub use source::{PollError, Polled, Polling, Source, Validator, Validators};
pub use target::{Accepted, Target};
