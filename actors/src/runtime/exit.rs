//! How a child ends.

use std::fmt;
use std::time::Duration;

/// The reason a child's incarnation ended, as its supervisor, the logs and the live tree name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The child did what it was for and said so.
    Finished,
    /// The child reported an error it cannot continue after; the text is the whole error chain.
    Failed(String),
    /// A handler, or a future of the child, panicked.
    Panicked {
        /// The panic payload, when it was text.
        message: String,
        /// `file:line:column` of the panic, when known.
        location: String,
    },
    /// Work was outstanding and nothing moved within the child's progress deadline.
    Stuck {
        /// How long nothing had moved.
        idle: Duration,
        /// True when the child's thread never came back and had to be left behind.
        abandoned: bool,
    },
    /// Ended from outside: an operator, or a stop that outlived its grace period.
    Killed,
    /// Something the child cannot exist without went away for good, such as its arbiter.
    DependencyGone(String),
}

impl Exit {
    /// True unless the child finished by itself.
    pub fn is_failure(&self) -> bool {
        !matches!(self, Self::Finished)
    }

    /// The name of the kind, as used in metrics labels and in the tree report.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Failed(_) => "failed",
            Self::Panicked { .. } => "panicked",
            Self::Stuck { .. } => "stuck",
            Self::Killed => "killed",
            Self::DependencyGone(_) => "dependency-gone",
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finished => f.write_str("finished"),
            Self::Failed(why) => write!(f, "failed: {why}"),
            Self::Panicked { message, location } => write!(f, "panicked: {message} at {location}"),
            Self::Stuck { idle, abandoned: false } => write!(f, "stuck: no progress for {idle:?}"),
            Self::Stuck { idle, abandoned: true } => write!(f, "stuck: no progress for {idle:?}, thread abandoned"),
            Self::Killed => f.write_str("killed"),
            Self::DependencyGone(what) => write!(f, "dependency gone: {what}"),
        }
    }
}
