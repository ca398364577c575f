//! The alerts fire when they should, and not otherwise: promtool evaluates them on invented series.

use std::process::Command;

fn promtool(arguments: &[&str]) {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/prometheus");
    let output = Command::new("promtool").args(arguments).current_dir(directory).output().expect("promtool");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "promtool {}: {text}", arguments.join(" "));
}

#[test]
fn rules_are_valid_and_fire_when_they_should() {
    promtool(&["check", "rules", "rules.yaml"]);
    promtool(&["test", "rules", "rules.test.yaml"]);
}
