//! The live tree as protobuf and as JSON.

use polis_proto::runtime::v1::{Actor, LastEnd, TreeReport};
use polis_proto::timestamp;
use serde_json::{Value, json};

use crate::runtime::TreeNode;

/// The report of a service's tree.
pub fn report(service: &str, instance: &str, tree: &TreeNode) -> TreeReport {
    let not_ready = tree.not_ready();
    TreeReport {
        service: service.to_owned(),
        instance: instance.to_owned(),
        taken_at: Some(timestamp::to_wire(jiff::Timestamp::now())),
        ready: not_ready.is_empty(),
        not_ready,
        root: Some(actor(tree)),
    }
}

fn actor(node: &TreeNode) -> Actor {
    let age = std::time::Duration::from_millis(node.progress_age_ms);
    Actor {
        name: node.name.clone(),
        kind: node.kind.to_owned(),
        state: node.state.as_str().to_owned(),
        since: Some(timestamp::to_wire(node.since)),
        incarnation: node.incarnation,
        restarts: node.restarts,
        last_end: node.last_end.as_ref().map(|(kind, reason, at)| LastEnd {
            kind: (*kind).to_owned(),
            reason: reason.clone(),
            at: Some(timestamp::to_wire(*at)),
        }),
        health: node.health.as_str().to_owned(),
        status: node.status.clone(),
        mailbox_depth: node.mailbox_depth,
        handled: node.handled,
        progress_age: prost_types::Duration::try_from(age).ok(),
        leases: node.leases.clone(),
        handling: node.handling.unwrap_or_default().to_owned(),
        children: node.children.iter().map(actor).collect(),
    }
}

/// The same in JSON, with the names of the proto file.
pub fn to_json(report: &TreeReport) -> Value {
    json!({
        "service": report.service,
        "instance": report.instance,
        "taken_at": report.taken_at.as_ref().map(time),
        "ready": report.ready,
        "not_ready": report.not_ready,
        "root": report.root.as_ref().map(actor_json),
    })
}

fn time(wire: &prost_types::Timestamp) -> Value {
    timestamp::from_wire(wire).map_or(Value::Null, |time| time.to_string().into())
}

fn actor_json(actor: &Actor) -> Value {
    let age = actor.progress_age.as_ref().map_or(0.0, |age| age.seconds as f64 + f64::from(age.nanos) / 1e9);
    json!({
        "name": actor.name,
        "kind": actor.kind,
        "state": actor.state,
        "since": actor.since.as_ref().map(time),
        "incarnation": actor.incarnation,
        "restarts": actor.restarts,
        "last_end": actor.last_end.as_ref().map(|end| json!({
            "kind": end.kind, "reason": end.reason, "at": end.at.as_ref().map(time),
        })),
        "health": actor.health,
        "status": actor.status,
        "mailbox_depth": actor.mailbox_depth,
        "handled": actor.handled,
        "progress_age_seconds": age,
        "leases": actor.leases,
        "handling": actor.handling,
        "children": actor.children.iter().map(actor_json).collect::<Vec<_>>(),
    })
}
