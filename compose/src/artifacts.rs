//! The pinned downloads, and the cache they are kept in for all runs of all checkouts.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::StackError;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Artifacts {
    pub(crate) kafka: Vec<Artifact>,
    pub(crate) postgres: Vec<Artifact>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Artifact {
    /// Path below the root of a Maven repository.
    pub(crate) path: String,
    pub(crate) size: u64,
    pub(crate) sha256: String,
    /// Machine architecture as Rust names it; absent where it does not matter.
    pub(crate) arch: Option<String>,
}

impl Artifacts {
    pub(crate) fn pinned() -> Result<Self, StackError> {
        toml::from_str(include_str!("../artifacts.toml"))
            .map_err(|source| StackError::Declaration { file: "compose/artifacts.toml", source })
    }
}

impl Artifact {
    /// The file name without its directories.
    pub(crate) fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Where it is downloaded from.
    pub(crate) fn url(&self) -> String {
        format!("https://repo1.maven.org/maven2/{}", self.path)
    }
}

/// Where downloads and built programs are kept, shared by all runs.
#[derive(Clone, Debug)]
pub struct Cache(PathBuf);

impl Cache {
    /// `$POLIS_CACHE`, or `polis` below the user's cache directory; for root below `/var/cache`, because PostgreSQL
    /// runs as somebody else then, who cannot enter root's home.
    pub fn locate() -> Self {
        let from = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        Self(from("POLIS_CACHE").unwrap_or_else(|| {
            if nix::unistd::Uid::effective().is_root() {
                return PathBuf::from("/var/cache/polis");
            }
            let base = from("XDG_CACHE_HOME").or_else(|| from("HOME").map(|home| home.join(".cache")));
            base.unwrap_or_else(std::env::temp_dir).join("polis")
        }))
    }

    #[cfg(test)]
    pub(crate) fn at(directory: &Path) -> Self {
        Self(directory.to_owned())
    }

    pub(crate) fn path(&self, below: impl AsRef<Path>) -> PathBuf {
        self.0.join(below)
    }
}
