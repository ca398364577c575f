//! Secrets are references, never values in a file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

/// Where a secret is.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Secret {
    /// In a variable of the environment.
    Env(String),
    /// In a file, without the line end.
    File(PathBuf),
}

impl Secret {
    /// The secret itself.
    ///
    /// # Errors
    /// Says what is missing.
    pub fn resolve(&self, environment: &BTreeMap<String, String>) -> Result<String, String> {
        match self {
            Self::Env(name) => {
                environment.get(name).cloned().ok_or_else(|| format!("the environment has no variable {name}"))
            }
            Self::File(path) => std::fs::read_to_string(path)
                .map(|text| text.trim_end_matches(['\r', '\n']).to_owned())
                .map_err(|error| format!("file {}: {error}", path.display())),
        }
    }
}
