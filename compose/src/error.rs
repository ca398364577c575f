//! What can go wrong while the stack is brought up, and what to do about it.

use std::path::PathBuf;

use thiserror::Error;

/// An error of the stack.
#[derive(Debug, Error)]
pub enum StackError {
    /// A file or directory.
    #[error("{doing} {}", path.display())]
    File {
        /// What was being done: `write`, `create directory`.
        doing: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A download that did not happen.
    #[error("download {url}: check the network or the proxy settings, then run the same command again")]
    Download {
        /// From where.
        url: String,
        /// Why not.
        #[source]
        source: reqwest::Error,
    },
    /// A download whose bytes are not the pinned ones.
    #[error("{url} has SHA-256 {found}, the pinned one is {pinned}; do not use it, and look at compose/artifacts.toml")]
    Checksum {
        /// From where.
        url: String,
        /// What came.
        found: String,
        /// What was expected.
        pinned: String,
    },
    /// A program that is not installed.
    #[error("{program} is missing; {remedy}")]
    Missing {
        /// Which program.
        program: &'static str,
        /// What to install, as a command where one is known.
        remedy: String,
    },
    /// No build of a part for this machine.
    #[error("there is no {part} for {arch}; use docker compose, or point {variable} at one that runs elsewhere")]
    Unsupported {
        /// Which part.
        part: &'static str,
        /// Machine architecture.
        arch: &'static str,
        /// The environment variable that replaces the part.
        variable: &'static str,
    },
    /// A helper program that failed.
    #[error("{program} failed: {output}")]
    Command {
        /// Which program.
        program: String,
        /// The end of what it printed.
        output: String,
    },
    /// A topic that the broker does not make.
    #[error("the broker does not make topic {name}: {why}; look at compose/kafka/topics.toml")]
    Topic {
        /// Its name.
        name: String,
        /// What the broker says.
        why: String,
    },
    /// A part that did not come up.
    #[error("{part} did not become ready within {seconds} s; its log is {log}")]
    NotReady {
        /// Which part.
        part: String,
        /// How long it was waited for.
        seconds: u64,
        /// Where to look.
        log: String,
    },
    /// A port that somebody else has.
    #[error(
        "port {port}, for {what}, cannot be had; is another `make run` going? `ss -ltnp sport = :{port}` says who has it"
    )]
    PortTaken {
        /// Who needs it.
        what: &'static str,
        /// Which.
        port: u16,
        /// Why not.
        source: std::io::Error,
    },
    /// The database said no.
    #[error("database")]
    Database(#[from] tokio_postgres::Error),
    /// The broker said no.
    #[error("broker")]
    Broker(#[from] rskafka::client::error::Error),
    /// A file of this crate that does not parse.
    #[error("{file} is not usable")]
    Declaration {
        /// Which file.
        file: &'static str,
        /// Why not.
        #[source]
        source: toml::de::Error,
    },
    /// The tree of processes is gone.
    #[error("the stack has ended")]
    Ended,
}

impl StackError {
    pub(crate) fn file(doing: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { doing, path, source }
    }
}
