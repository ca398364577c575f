//! The live tree as data: what every service answers on its admin port.

use std::sync::Arc;

use jiff::Timestamp;

use super::Child;
use super::vitals::{ChildState, Health};

/// One actor and everything below it, at one moment.
#[derive(Clone, Debug)]
pub struct TreeNode {
    /// Name among its siblings.
    pub name: String,
    /// Kind of service.
    pub kind: &'static str,
    /// Where it is in its life.
    pub state: ChildState,
    /// When it entered that state.
    pub since: Timestamp,
    /// Which incarnation is the current or last one, from 1.
    pub incarnation: u64,
    /// Times it was started again.
    pub restarts: u64,
    /// How the last incarnation ended: kind, text, time.
    pub last_end: Option<(&'static str, String, Timestamp)>,
    /// Its own word on what it is doing.
    pub status: String,
    /// Whether it works, waits for something outside, or keeps the service from being ready.
    pub health: Health,
    /// Messages waiting.
    pub mailbox_depth: u64,
    /// Messages handled, all incarnations together.
    pub handled: u64,
    /// Milliseconds since anything moved.
    pub progress_age_ms: u64,
    /// Leases it holds.
    pub leases: Vec<String>,
    /// What it last took in hand.
    pub handling: Option<&'static str>,
    /// Its children in start order.
    pub children: Vec<TreeNode>,
}

/// Looks at the whole tree below `child`. Reads counters only; never waits for an actor.
pub fn tree(child: &Arc<dyn Child>) -> TreeNode {
    let vitals = child.vitals();
    let (state, notes) = vitals.look();
    TreeNode {
        name: child.name().to_string(),
        kind: child.kind(),
        state,
        since: notes.since,
        incarnation: vitals.incarnation(),
        restarts: vitals.restarts(),
        last_end: notes.last_exit.map(|(exit, at)| (exit.kind(), exit.to_string(), at)),
        status: notes.status,
        health: notes.health,
        mailbox_depth: vitals.depth() as u64,
        handled: vitals.handled(),
        progress_age_ms: u64::try_from(vitals.progress_age().as_millis()).unwrap_or(u64::MAX),
        leases: notes.leases,
        handling: notes.handling,
        children: child.roster().map(|r| r.children().iter().map(tree).collect()).unwrap_or_default(),
    }
}

impl TreeNode {
    /// Why the service is not ready; empty when it is. A supervisor that is not running, an actor that says so, or one that has
    /// never run yet keeps it from being ready. One insurer that is down, or one actor that is being restarted, does not.
    pub fn not_ready(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        self.collect_not_ready("", &mut reasons);
        reasons
    }

    /// The first node of that name, searched from here down.
    pub fn find(&self, name: &str) -> Option<&TreeNode> {
        if self.name == name { Some(self) } else { self.children.iter().find_map(|child| child.find(name)) }
    }

    fn collect_not_ready(&self, parent: &str, reasons: &mut Vec<String>) {
        let path = if parent.is_empty() { self.name.clone() } else { format!("{parent}/{}", self.name) };
        let never_ran = self.incarnation <= 1 && matches!(self.state, ChildState::Idle | ChildState::Starting);
        if never_ran || self.kind == "supervisor" && self.state != ChildState::Running {
            reasons.push(format!("{path} is {}", self.state.as_str()));
        }
        if self.health == Health::NotReady {
            reasons.push(format!("{path}: {}", self.status));
        }
        for child in &self.children {
            child.collect_not_ready(&path, reasons);
        }
    }
}
