//! The poller: calls an insurer on its schedule, within a deadline, and hands on what it got whole or not at all.
//!
//! One actor per insurer, owned by a lease; a [`tenure`] is what one owner does with it. [`schedule`] says when,
//! [`orders`] what an operator wants instead, [`source`] is what a protocol implements, [`target`] what takes the answer
//! and remembers; [`breaker`] keeps a failing insurer from being hammered, [`clock`] says how
//! long a call took, [`freshness`] says when somebody is to be called.

pub mod actor;
mod breaker;
mod call;
mod clock;
mod freshness;
mod orders;
mod schedule;
mod shown;
mod source;
mod target;
mod tenure;

pub use actor::{Poller, PollerConfig, PollerSpec};
pub use breaker::{Breaker, BreakerState};
pub use clock::{off_the_clock, within};
pub use orders::{OrderBook, OrderDesk, Orders};
pub use schedule::{Beat, Hours, Schedule};
pub use source::{PollError, Polled, Polling, Source, Validator, Validators};
pub use target::{Accepted, Past, Target};
