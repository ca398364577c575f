//! The supervision runtime: what Erlang/OTP taught, on actix mailboxes and arbiters.
//!
//! Read [`service`] for what an actor is, [`actor_ref`] for how one is spoken to, [`spec`] for how it is declared,
//! [`supervisor`] for what happens when it ends, [`system`] for how a process runs a tree of them.

pub mod actor_ref;
mod background;
mod backoff;
mod cell;
pub mod child;
mod context;
mod envelope;
mod exit;
mod host;
mod linked;
mod panics;
pub(crate) mod placement;
mod poison;
pub mod service;
mod slot;
mod spec;
pub mod supervisor;
pub mod system;
mod tree;
mod undelivered;
mod vitals;
mod watchdog;

pub use actor_ref::{ActorRef, AskError, TellError};
pub use background::Background;
pub use backoff::Backoff;
pub use child::{Child, ChildEvent, EventSender};
pub use context::{Ctx, error_chain as error_text, root_cause};
pub use exit::Exit;
pub use linked::{Guarded, LocalTask, spawn_guarded};
pub(crate) use linked::{caught, spawn_guarded_local};
pub(crate) use panics::guard;
pub use placement::{ArbiterId, Placement, Placer};
pub use poison::{PoisonKey, PoisonMemory};
pub use service::{Deferred, Handle, Message, Reply, Service, StartError};
pub use spec::{ChildSpec, Deadline, Restart};
pub use supervisor::{AddChild, AddChildError, Budget, RemoveChild, Strategy, Supervisor, SupervisorSpec};
pub use system::{Runtime, StopHandle};
pub use tree::{TreeNode, tree};
pub use undelivered::{Undelivered, UndeliveredReason, UndeliveredSink};
pub use vitals::{ChildState, Health, Progress, Vitals, Work};
pub use watchdog::{Watchdog, WatchdogGuard, WatchdogLimits};
