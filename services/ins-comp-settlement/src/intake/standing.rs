//! Which files of a folder are whole: those that stood still between two looks, and those whose name said until now that they are
//! parts.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::insurers::is_id;

/// What is seen of a file without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    size: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

/// The files of all insurers, at one look.
pub(super) type Look = BTreeMap<PathBuf, Stamp>;

/// What a file is called while somebody writes it.
const PART: &str = ".part";

/// Looks into the folder of each insurer. What is not a file, or is hidden, is not there.
pub(super) fn look(folder: &Path) -> io::Result<Look> {
    let mut look = Look::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let named_as_insurer = entry.file_name().to_str().is_some_and(is_id);
        if !named_as_insurer || !entry.file_type()?.is_dir() {
            continue;
        }
        for entry in std::fs::read_dir(entry.path())? {
            let entry = entry?;
            let hidden = entry.file_name().to_string_lossy().starts_with(['.', '~']);
            // One that went away meanwhile is not there.
            let Ok(meta) = entry.metadata() else { continue };
            if meta.is_file() && !hidden {
                look.insert(entry.path(), stamp(&meta));
            }
        }
    }
    Ok(look)
}

fn stamp(meta: &Metadata) -> Stamp {
    Stamp { size: meta.len(), modified: meta.modified().ok(), inode: meta.ino() }
}

/// Those that are whole, by what was seen before and what is seen now.
pub(super) fn whole(before: &Look, now: &Look) -> Vec<PathBuf> {
    let is_whole = |(path, stamp): &(&PathBuf, &Stamp)| {
        let was_part = before.get(&part(path)).is_some_and(|part| part.inode == stamp.inode);
        !is_part(path) && (before.get(*path) == Some(*stamp) || was_part)
    };
    now.iter().filter(is_whole).map(|(path, _)| path.clone()).collect()
}

fn is_part(path: &Path) -> bool {
    path.to_string_lossy().ends_with(PART)
}

fn part(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(PART);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(files: &[(&str, u64, u64)]) -> Look {
        let stamp = |size, inode| Stamp { size, modified: None, inode };
        files.iter().map(|(name, size, inode)| (PathBuf::from(name), stamp(*size, *inode))).collect()
    }

    #[test]
    fn a_file_is_whole_when_it_stands_still_or_is_no_part_any_more() {
        let before =
            seen(&[("still", 1, 1), ("grows", 1, 2), ("sent.part", 1, 3), ("other.part", 1, 4), ("stays.part", 1, 5)]);
        let now = seen(&[
            ("still", 1, 1),
            ("grows", 2, 2),
            ("sent", 7, 3),
            ("other", 1, 9),
            ("stays.part", 1, 5),
            ("new", 1, 8),
        ]);
        assert_eq!(whole(&before, &now), [PathBuf::from("sent"), PathBuf::from("still")]);
        assert_eq!(whole(&Look::new(), &now), [] as [PathBuf; 0]);
    }

    #[test]
    fn only_files_in_folders_of_insurers_are_seen() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        };
        for name in ["ural/a.csv", "ural/.a.csv.swp", "ural/~$a.xlsx", "ural/taken/b.csv", "Other/c.csv", "d.csv"] {
            write(name);
        }
        std::os::unix::fs::symlink("/etc/passwd", folder.path().join("ural/link.csv")).unwrap();
        let seen = look(folder.path()).unwrap();
        assert_eq!(seen.keys().collect::<Vec<_>>(), [&folder.path().join("ural/a.csv")]);
        assert!(look(&folder.path().join("none")).is_err());
    }
}
