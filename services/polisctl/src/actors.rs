//! The live tree of a service, fetched as protobuf and drawn for a person.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use polis_proto::runtime::v1::{Actor, TreeReport};
use prost::Message;

/// Draws the trees once, or again and again.
pub(crate) async fn run(services: &[String], watch: Option<u64>) -> ExitCode {
    loop {
        let mut all_answered = true;
        let mut picture = String::new();
        for service in services {
            match fetch(service).await {
                Ok(report) => picture.push_str(&draw(&report)),
                Err(error) => {
                    all_answered = false;
                    picture.push_str(&format!("{service}: {error:#}\n"));
                }
            }
            picture.push('\n');
        }
        let Some(seconds) = watch else {
            print!("{picture}");
            return if all_answered { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        };
        // Clears the screen (ECMA-48, ED and CUP).
        print!("\u{1b}[2J\u{1b}[H{picture}");
        tokio::time::sleep(Duration::from_secs(seconds.max(1))).await;
    }
}

/// Asks a service for its tree.
async fn fetch(service: &str) -> anyhow::Result<TreeReport> {
    // Installed already when this is asked a second time.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).build()?;
    let address = format!("{}/actors", service.trim_end_matches('/'));
    let answer = client.get(&address).header("accept", "application/protobuf").send().await;
    let answer = answer.with_context(|| format!("nobody answers at {address}; is the service running?"))?;
    let bytes = answer.error_for_status()?.bytes().await?;
    TreeReport::decode(bytes).with_context(|| format!("{address} did not answer with a tree"))
}

/// One line for each actor: name, state, what it says, and what is worth knowing.
fn draw(report: &TreeReport) -> String {
    let ready = if report.ready { "ready".to_owned() } else { format!("NOT READY: {}", report.not_ready.join("; ")) };
    let mut text = format!("{} ({}) {ready}\n", report.service, report.instance);
    if let Some(root) = &report.root {
        draw_actor(root, "", true, &mut text);
    }
    text
}

fn draw_actor(actor: &Actor, indent: &str, last: bool, text: &mut String) {
    let branch = if last { "└─ " } else { "├─ " };
    let mut line = format!("{indent}{branch}{} [{}] {}", actor.name, actor.kind, actor.state);
    if actor.health != "ok" {
        line += &format!(" {}", actor.health.to_uppercase());
    }
    if !actor.status.is_empty() {
        line += &format!(": {}", actor.status);
    }
    if actor.handled > 0 {
        line += &format!(", handled {}", actor.handled);
    }
    if actor.mailbox_depth > 0 {
        line += &format!(", {} waiting", actor.mailbox_depth);
    }
    if actor.restarts > 0 {
        line += &format!(", {} restarts", actor.restarts);
    }
    if let Some(end) = &actor.last_end {
        line += &format!(", last end {}: {}", end.kind, end.reason);
    }
    if !actor.leases.is_empty() {
        line += &format!(", owns {}", actor.leases.join(", "));
    }
    text.push_str(&line);
    text.push('\n');
    let indent = format!("{indent}{}", if last { "   " } else { "│  " });
    for (at, child) in actor.children.iter().enumerate() {
        draw_actor(child, &indent, at + 1 == actor.children.len(), text);
    }
}

#[cfg(test)]
mod tests {
    use polis_proto::runtime::v1::LastEnd;

    use super::*;

    #[test]
    fn a_tree_is_drawn_with_what_a_person_wants_to_know() {
        let leaf = |name: &str| Actor {
            name: name.to_owned(),
            kind: "poller".to_owned(),
            state: "running".to_owned(),
            health: "ok".to_owned(),
            ..Actor::default()
        };
        let end = LastEnd { kind: "panicked".to_owned(), reason: "index out of bounds".to_owned(), at: None };
        let second = Actor {
            health: "degraded".to_owned(),
            status: "breaker open".to_owned(),
            restarts: 2,
            last_end: Some(end),
            ..leaf("poller-b")
        };
        let root =
            Actor { kind: "supervisor".to_owned(), children: vec![leaf("poller-a"), second], ..leaf("aggregator") };
        let report = TreeReport {
            service: "s".to_owned(),
            instance: "s-1".to_owned(),
            ready: true,
            root: Some(root),
            ..TreeReport::default()
        };
        assert_eq!(
            draw(&report),
            "s (s-1) ready\n\
             └─ aggregator [supervisor] running\n   \
                ├─ poller-a [poller] running\n   \
                └─ poller-b [poller] running DEGRADED: breaker open, 2 restarts, last end panicked: index out of bounds\n"
        );
    }
}
