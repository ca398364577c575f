//! Breaks as people work on them, across runs and until their period is closed.
//!
//! A break has a [`state`]: runs are [`follow`]ed, people [`decide`], and a later event may settle it. A [`row`] is a break as it
//! is shown, a [`story`] is all of it. Events leave [`checks`] of policies that changed; the [`rechecker`] takes them in pages, each
//! of which is to [`recheck`]: the breaks [`concerned`] fall into [`islands`], which are [`rematch`]ed by themselves with what their
//! last run was matched by, the [`basis`]; what comes of it is [`keep`]t.

mod basis;
mod checks;
mod concerned;
mod decide;
mod follow;
mod islands;
mod keep;
mod recheck;
mod rechecker;
mod rematch;
mod row;
mod state;
mod story;

pub use checks::{Changed, note_changes};
pub use decide::{DecideError, Decision, decide};
pub use follow::follow;
pub use rechecker::rechecker;
pub use row::{Event, Filter, Standing};
pub use state::{Refused, State};
pub use story::Story;
