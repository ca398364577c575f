//! Data directories as their programs make them when they are new. Making one takes seconds, so one of each kind is kept in
//! the cache, and what is needed is a copy of it.

use std::future::Future;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::StackError;
use crate::artifacts::Cache;
use crate::download::hex;

/// Where the new data directory of that name is kept; it is `make`'s work when there is none yet. `key` is everything that
/// it depends on: another version or another option is another directory.
pub(crate) async fn kept<F: Future<Output = Result<(), StackError>>>(
    cache: &Cache, name: &str, key: &[String], make: impl FnOnce(PathBuf) -> F,
) -> Result<PathBuf, StackError> {
    let place = cache.path(format!("{name}-{}", &hex(&Sha256::digest(key.join("\n")))[..16]));
    if place.exists() {
        return Ok(place);
    }
    let parent = cache.path("");
    std::fs::create_dir_all(&parent).map_err(StackError::file("create directory", &parent))?;
    // Made elsewhere and renamed: one that is there is whole, whoever else makes the same at this moment.
    let staging = tempfile::tempdir_in(&parent).map_err(StackError::file("create a directory in", &parent))?;
    // PostgreSQL makes its directory as somebody else when we are root.
    std::fs::set_permissions(staging.path(), std::fs::Permissions::from_mode(0o755))
        .map_err(StackError::file("set permissions of", staging.path()))?;
    let made = staging.path().join("data");
    make(made.clone()).await?;
    match std::fs::rename(&made, &place) {
        Err(error) if !place.exists() => Err(StackError::File { doing: "rename into", path: place, source: error }),
        _ => Ok(place),
    }
}

/// Copies it, owners and permissions included, to a place where there is nothing yet. One that is there is whole.
pub(crate) async fn copy(from: &Path, to: &Path) -> Result<(), StackError> {
    let staging = to.with_extension("new");
    // Left behind by a run that was interrupted.
    let _ = std::fs::remove_dir_all(&staging);
    let output = tokio::process::Command::new("cp")
        .args(["-a", "--reflink=auto"])
        .args([from, &staging])
        .output()
        .await
        .map_err(StackError::file("run", "cp"))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(StackError::Command { program: "cp".to_owned(), output: text });
    }
    std::fs::rename(&staging, to).map_err(StackError::file("rename into", to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_is_made_once_for_each_key_and_copied_whole() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::at(&directory.path().join("not-there-yet"));
        let made = |text: &'static str| {
            move |place: PathBuf| async move {
                std::fs::create_dir(&place).unwrap();
                std::fs::write(place.join("file"), text).unwrap();
                Ok(())
            }
        };
        let key = |version: &str| vec![version.to_owned()];
        let first = kept(&cache, "data", &key("1"), made("one")).await.unwrap();
        assert_eq!(kept(&cache, "data", &key("1"), made("again")).await.unwrap(), first);
        assert_ne!(kept(&cache, "data", &key("2"), made("two")).await.unwrap(), first);

        let copied = directory.path().join("copy");
        std::fs::create_dir(copied.with_extension("new")).unwrap();
        std::fs::write(copied.with_extension("new").join("half"), "").unwrap();
        copy(&first, &copied).await.unwrap();
        assert_eq!(std::fs::read_to_string(copied.join("file")).unwrap(), "one");
        assert!(!copied.join("half").exists(), "what an interrupted run left is gone");

        kept(&cache, "data", &key("3"), |_| async { Err(StackError::Ended) }).await.unwrap_err();
        kept(&cache, "data", &key("3"), made("three")).await.unwrap();
    }
}
