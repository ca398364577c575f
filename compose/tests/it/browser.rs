//! Headless Chromium.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::polis::LONG;

/// A browser that is told what to do, one line at a time.
pub struct Browser {
    _process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Browser {
    /// At the page of core-app.
    pub async fn open(address: &str) -> Self {
        Self::told_by("browser.mjs", address)
    }

    /// At an address, with the commands of a script.
    pub fn told_by(script: &str, address: &str) -> Self {
        let script = format!(concat!(env!("CARGO_MANIFEST_DIR"), "/e2e/{}"), script);
        let mut process = Command::new("node")
            .arg(script)
            .arg(address)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let input = process.stdin.take().unwrap();
        let output = BufReader::new(process.stdout.take().unwrap()).lines();
        Self { _process: process, input, output }
    }

    /// Gives a command and waits for its answer.
    pub async fn ask(&mut self, command: &str) -> String {
        self.input.write_all(format!("{command}\n").as_bytes()).await.unwrap();
        let answer = tokio::time::timeout(LONG, self.output.next_line()).await.expect(command).unwrap();
        let answer = answer.unwrap_or_else(|| panic!("the browser ended at: {command}"));
        let failed = answer.strip_prefix("failed: ");
        assert!(failed.is_none(), "{command}: {answer}");
        answer
    }
}
