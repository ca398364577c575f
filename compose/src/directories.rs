//! Data directories of test runs. A process that is killed cannot clean up after itself, so the next run does.

use std::path::{Path, PathBuf};

use crate::StackError;

/// Where `make run` keeps its data: below `/var/lib` for root, because PostgreSQL runs as somebody else then.
pub fn data_directory() -> PathBuf {
    if nix::unistd::Uid::effective().is_root() {
        return PathBuf::from("/var/lib/polis");
    }
    let from = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let base = from("XDG_DATA_HOME").or_else(|| from("HOME").map(|home| home.join(".local/share")));
    base.unwrap_or_else(std::env::temp_dir).join("polis")
}

/// A new directory for this process's run below `base`; those of processes that are gone are removed.
pub(crate) fn fresh(base: &Path) -> Result<PathBuf, StackError> {
    std::fs::create_dir_all(base).map_err(StackError::file("create directory", base))?;
    sweep(base);
    let directory = tempfile::Builder::new()
        .prefix(&format!("{}-", std::process::id()))
        .tempdir_in(base)
        .map_err(StackError::file("create a directory in", base))?;
    Ok(directory.keep())
}

fn sweep(base: &Path) {
    let Ok(entries) = std::fs::read_dir(base) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|n| n.split('-').next()).and_then(|pid| pid.parse::<i32>().ok());
        if owner.is_some_and(|pid| !is_alive(pid)) {
            // Somebody else may be removing the same one.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

fn is_alive(pid: i32) -> bool {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), None) != Err(nix::errno::Errno::ESRCH)
}
