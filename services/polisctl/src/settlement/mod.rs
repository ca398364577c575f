//! Settlement with insurers, over its admin port.
//!
//! [`command`] says what there is. To [`reconcile`], a register is [`upload`]ed and its run [`wait`]ed for, whose [`totals`] are
//! printed. [`runs`] are listed, shown, compared and closed, and [`export`]ed; [`breaks`] are listed, told and decided upon;
//! [`registers`] and [`insurers`] are shown. A place is asked, a table is printed, explanations come in a
//! [`language`].

mod breaks;
mod command;
mod export;
mod insurers;
mod language;
mod reconcile;
mod registers;
mod runs;
mod story;
mod totals;
mod upload;
mod wait;

pub(crate) use command::{Settlement, run};
