//! Reading a configuration: the defaults of the program, over them the file, over them the environment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use thiserror::Error;
use toml::{Table, Value};

/// Why a configuration cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("configuration file {}: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file that is not TOML.
    #[error("{origin} is not TOML: {source}")]
    Syntax {
        /// Which file.
        origin: String,
        /// Where and what.
        source: toml::de::Error,
    },
    /// A key that is unknown or has a value that is not allowed.
    #[error("configuration key {key}: {reason}")]
    Key {
        /// Path of the key.
        key: String,
        /// What is allowed.
        reason: String,
    },
}

/// Where a configuration comes from.
#[derive(Clone, Debug, Default)]
pub struct Source<'a> {
    /// The program's own defaults, as TOML.
    pub defaults: &'a str,
    /// The operator's file.
    pub file: Option<&'a Path>,
    /// Variables of the form `<prefix>__SECTION__KEY` override keys.
    pub prefix: &'a str,
    /// Well-known variables and the key each one sets: `("KAFKA_BROKERS", "kafka.brokers")`.
    pub aliases: &'a [(&'a str, &'a str)],
    /// The environment.
    pub environment: BTreeMap<String, String>,
}

impl Source<'_> {
    /// The environment of this process.
    pub fn process_environment() -> BTreeMap<String, String> {
        std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect()
    }
}

/// Reads and checks a configuration.
///
/// # Errors
/// [`ConfigError`] names the key and what is allowed.
pub fn load<T: DeserializeOwned>(source: &Source<'_>) -> Result<T, ConfigError> {
    let mut table = parse(source.defaults, "the built-in configuration".to_owned())?;
    if let Some(path) = source.file {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), source: error })?;
        merge(&mut table, parse(&text, path.display().to_string())?);
    }
    for (name, text) in &source.environment {
        let alias = source.aliases.iter().find(|(alias, _)| alias == name).map(|(_, key)| (*key).to_owned());
        let own = name.strip_prefix(source.prefix).and_then(|rest| rest.strip_prefix("__"));
        let key = alias.or_else(|| own.map(|rest| rest.to_lowercase().replace("__", ".")));
        if let Some(key) = key {
            set(&mut table, &key, text)
                .map_err(|reason| ConfigError::Key { key: format!("{key} (from {name})"), reason })?;
        }
    }
    serde_path_to_error::deserialize(table)
        .map_err(|error| ConfigError::Key { key: error.path().to_string(), reason: error.inner().message().to_owned() })
}

fn parse(text: &str, origin: String) -> Result<Table, ConfigError> {
    text.parse().map_err(|source| ConfigError::Syntax { origin, source })
}

fn merge(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(base)), Value::Table(over)) => merge(base, over),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

fn set(table: &mut Table, key: &str, text: &str) -> Result<(), String> {
    let (parents, last) = key.rsplit_once('.').map_or(("", key), |(parents, last)| (parents, last));
    let mut at = table;
    for part in parents.split('.').filter(|part| !part.is_empty()) {
        at = at
            .entry(part)
            .or_insert_with(|| Value::Table(Table::new()))
            .as_table_mut()
            .ok_or_else(|| format!("{part} is a value, not a section"))?;
    }
    // What reads as a TOML value is one, unless the key held text so far: an address such as 1.5 stays text.
    let was_text = at.get(last).is_some_and(Value::is_str);
    let value = format!("v = {text}").parse::<Table>().ok().and_then(|mut t| t.remove("v"));
    let value = value.filter(|_| !was_text).unwrap_or_else(|| Value::String(text.to_owned()));
    at.insert(last.to_owned(), value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Config {
        name: String,
        http: Http,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(deny_unknown_fields)]
    struct Http {
        port: u16,
    }

    fn with(file: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("service.toml");
        std::fs::write(&path, file).unwrap();
        let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let source = Source {
            defaults: "name = \"a\"\n[http]\nport = 1",
            file: Some(&path),
            prefix: "APP",
            aliases: &[("THE_PORT", "http.port")],
            environment,
        };
        load(&source).map_err(|error| error.to_string())
    }

    #[test]
    fn the_environment_beats_the_file_beats_the_defaults() {
        let http = |port| Http { port };
        assert_eq!(with("", &[]), Ok(Config { name: "a".to_owned(), http: http(1) }));
        assert_eq!(with("[http]\nport = 2", &[]).unwrap().http, http(2));
        assert_eq!(with("[http]\nport = 2", &[("APP__HTTP__PORT", "3")]).unwrap().http, http(3));
        assert_eq!(
            with("", &[("THE_PORT", "4"), ("APP__NAME", "5")]).unwrap(),
            Config { name: "5".to_owned(), http: http(4) }
        );
    }

    #[test]
    fn errors_name_the_key() {
        let error = with("[http]\nprot = 2", &[]).unwrap_err();
        assert!(error.contains("http.prot") && error.contains("expected `port`"), "{error}");
        let error = with("[http]\nport = 70000", &[]).unwrap_err();
        assert!(error.contains("http.port") && error.contains("70000"), "{error}");
        let error = with("", &[("APP__HTTP__PORT", "many")]).unwrap_err();
        assert!(error.contains("http.port") && error.contains("many"), "{error}");
        let error = with("http = [", &[]).unwrap_err();
        assert!(error.contains("service.toml is not TOML"), "{error}");
    }
}
