//! `polisctl`, run as a person at a terminal runs it: the program itself, and what it says.

use super::polis::Polis;

/// Runs it against the aggregator or the sandbox of this Polis; answers whether it succeeded, and what it printed.
async fn run(polis: &Polis, arguments: &[&str]) -> (bool, String) {
    let (place, address) = match arguments {
        ["sandbox", ..] => ("--sandbox", polis.sandbox("")),
        // Not a request to the aggregator: the insurer itself is asked.
        ["insurers", "check", ..] => ("--rebase", polis.services.ports.rebase()),
        _ => ("--admin", polis.aggregator("")),
    };
    polis.polisctl(&[arguments, &[place, &address]].concat()).await
}

/// What it prints, having succeeded.
pub async fn polisctl(polis: &Polis, arguments: &[&str]) -> String {
    let (fine, text) = run(polis, arguments).await;
    assert!(fine, "polisctl {}: {text}", arguments.join(" "));
    text
}

/// What it prints, having failed.
pub async fn refused(polis: &Polis, arguments: &[&str]) -> String {
    let (fine, text) = run(polis, arguments).await;
    assert!(!fine, "polisctl {} succeeded: {text}", arguments.join(" "));
    text
}
