//! Where a file goes once it was looked at: beside the others that were taken, or that were refused, with the reason.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tokio::task::spawn_blocking;

/// Puts a file beside those that were taken.
pub(super) async fn taken(path: &Path) -> io::Result<()> {
    let path = path.to_owned();
    blocking(move || shelve(&path, "taken").map(drop)).await
}

/// Puts a file beside those that were refused, and beside it a text that says why. The text is there first.
pub(super) async fn refused(path: &Path, why: &str) -> io::Result<()> {
    let (path, text) = (path.to_owned(), format!("{:.0}\n{why}\n", Timestamp::now()));
    blocking(move || {
        let to = free(&path, "refused")?;
        std::fs::write(with_end(&to, ".txt"), text)?;
        std::fs::rename(&path, &to)
    })
    .await
}

async fn blocking(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<()> {
    spawn_blocking(work).await.unwrap_or_else(|ended| Err(io::Error::other(ended)))
}

fn shelve(path: &Path, shelf: &str) -> io::Result<PathBuf> {
    let to = free(path, shelf)?;
    std::fs::rename(path, &to)?;
    Ok(to)
}

/// A name on a shelf that no other file has: files of one name may come again and again.
fn free(path: &Path, shelf: &str) -> io::Result<PathBuf> {
    let directory = path.parent().unwrap_or(Path::new(".")).join(shelf);
    std::fs::create_dir_all(&directory)?;
    let (stem, end) = (path.file_stem().unwrap_or_default(), path.extension());
    for number in 1.. {
        let mut name = stem.to_owned();
        if number > 1 {
            name.push(format!(".{number}"));
        }
        if let Some(end) = end {
            name.push(".");
            name.push(end);
        }
        let to = directory.join(name);
        if !to.try_exists()? {
            return Ok(to);
        }
    }
    Err(io::Error::other("all names are taken"))
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_of_one_name_stand_beside_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.csv");
        for content in ["1", "2", "3"] {
            std::fs::write(&path, content).unwrap();
            taken(&path).await.unwrap();
        }
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(["taken/r.csv", "taken/r.2.csv", "taken/r.3.csv"].map(read), ["1", "2", "3"]);
        assert!(!path.exists() && taken(&path).await.is_err());
        for why in ["no", "never"] {
            std::fs::write(&path, why).unwrap();
            refused(&path, why).await.unwrap();
        }
        assert_eq!(read("refused/r.2.csv"), "never");
        assert!(read("refused/r.csv.txt").ends_with("\nno\n") && read("refused/r.2.csv.txt").ends_with("\nnever\n"));
    }
}
