//! Files beside the directory of insurers that decide how one is called: secrets and authorities.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use toml::{Table, Value};

/// Size and time of a file; none when it is not there.
pub type Stamp = Option<(u64, Option<SystemTime>)>;

/// Files as they were at some time.
pub type Stamps = BTreeMap<PathBuf, Stamp>;

/// A file as it is now.
pub fn stamp(path: &Path) -> Stamp {
    std::fs::metadata(path).ok().map(|meta| (meta.len(), meta.modified().ok()))
}

/// The files that the text of an insurer's file refers to, as they are now: what stands at `file` or `ca_file`.
pub fn referred(table: &Table) -> Stamps {
    let mut found = Stamps::new();
    for (key, value) in table {
        match value {
            Value::Table(inner) => found.append(&mut referred(inner)),
            Value::String(path) if matches!(key.as_str(), "file" | "ca_file") => {
                found.insert(path.into(), stamp(path.as_ref()));
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_referred_to_are_known_however_deep() {
        let text = "ca_file = \"/nowhere\"\n[rest]\nauth = { bearer = { token = { file = \"/etc/hostname\" } } }";
        let found = referred(&toml::from_str(text).unwrap());
        assert_eq!(found.keys().collect::<Vec<_>>(), [Path::new("/etc/hostname"), Path::new("/nowhere")]);
        assert!(found[Path::new("/nowhere")].is_none());
    }
}
