//! What the machine itself must have. Missing parts are installed where we may, and named with the command where not.

use std::process::Stdio;

use crate::StackError;

/// A program the stack runs, and the Debian package that has it.
struct Prerequisite {
    program: &'static str,
    probe: &'static str,
    package: &'static str,
}

const JAVA: Prerequisite = Prerequisite { program: "java", probe: "-version", package: "openjdk-17-jre-headless" };
const GO: Prerequisite = Prerequisite { program: "go", probe: "version", package: "golang-go" };

/// Makes sure that Java (for Kafka), and Go (for Jaeger, unless it is built), are there.
///
/// # Errors
/// [`StackError::Missing`] with the command to run.
pub async fn ensure(with_go: bool) -> Result<(), StackError> {
    for wanted in [Some(JAVA), with_go.then_some(GO)].into_iter().flatten() {
        if runs(wanted.program, wanted.probe).await {
            continue;
        }
        let command = format!("apt-get install -y --no-install-recommends {}", wanted.package);
        let is_root = nix::unistd::Uid::effective().is_root();
        if !is_root || !runs("apt-get", "--version").await {
            let remedy = format!("on Debian or Ubuntu: sudo {command}");
            return Err(StackError::Missing { program: wanted.program, remedy });
        }
        tracing::info!(program = wanted.program, "installing: {command}");
        let script = format!("apt-get update -qq && DEBIAN_FRONTEND=noninteractive {command}");
        if !runs_script(&script).await || !runs(wanted.program, wanted.probe).await {
            let remedy = format!("tried and failed: {command}");
            return Err(StackError::Missing { program: wanted.program, remedy });
        }
    }
    Ok(())
}

async fn runs(program: &str, probe: &str) -> bool {
    let mut command = tokio::process::Command::new(program);
    command.arg(probe).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().await.is_ok_and(|status| status.success())
}

async fn runs_script(script: &str) -> bool {
    let mut command = tokio::process::Command::new("sh");
    command.args(["-c", script]).stdin(Stdio::null()).stdout(Stdio::null());
    command.status().await.is_ok_and(|status| status.success())
}
