//! The directory with a file for each insurer. Files are read whenever they are needed, so that a change needs no restart.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::error::InsurersError;
use super::insurer::Insurer;
use super::origin::Origin;

/// All insurers. Clones share the directory.
#[derive(Clone, Debug)]
pub struct Insurers {
    directory: Arc<Path>,
}

/// An insurer by its identifier, or what is wrong with its file.
type Entry = (String, Result<Arc<Insurer>, InsurersError>);

impl Insurers {
    /// Those whose files are in this directory.
    pub fn new(directory: PathBuf) -> Self {
        Self { directory: directory.into() }
    }

    /// The insurer of an identifier.
    ///
    /// # Errors
    /// When it has no file, or the file cannot be used: the error names file, line and key.
    pub async fn get(&self, id: &str) -> Result<Arc<Insurer>, InsurersError> {
        let (directory, id) = (self.directory.clone(), id.to_owned());
        blocking(move || read(&directory, &id)).await
    }

    /// All insurers in the order of their identifiers, those that cannot be used with the reason.
    ///
    /// # Errors
    /// When the directory cannot be read.
    pub async fn all(&self) -> Result<Vec<Entry>, InsurersError> {
        let directory = self.directory.clone();
        blocking(move || read_all(&directory)).await
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    spawn_blocking(work).await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()))
}

/// Lower-case letters, digits and hyphens, so that no identifier leads out of the directory.
pub(crate) fn is_id(text: &str) -> bool {
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    !text.is_empty() && text.chars().all(plain)
}

fn read(directory: &Path, id: &str) -> Result<Arc<Insurer>, InsurersError> {
    let path = directory.join(format!("{id}.toml"));
    let file = path.display().to_string();
    if !is_id(id) {
        return Err(InsurersError::Unknown {
            id: id.to_owned(), file: directory.join("….toml").display().to_string()
        });
    }
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(InsurersError::Unknown { id: id.to_owned(), file });
        }
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            return Err(InsurersError::Key { place: file, what: "is not a text in UTF-8".to_owned() });
        }
        Err(source) => return Err(InsurersError::Unreadable { path: file, source }),
    };
    Insurer::parse(id, Origin { file: &file, text: &text }).map(Arc::new)
}

fn read_all(directory: &Path) -> Result<Vec<Entry>, InsurersError> {
    let unreadable = |source| InsurersError::Unreadable { path: directory.display().to_string(), source };
    let mut entries = Vec::new();
    for found in std::fs::read_dir(directory).map_err(unreadable)? {
        let path = found.map_err(unreadable)?.path();
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let id = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let insurer = if is_id(&id) {
            read(directory, &id)
        } else {
            let what = format!("{id:?} is not an identifier: lower-case letters, digits and hyphens");
            Err(InsurersError::Key { place: path.display().to_string(), what })
        };
        // One that went away just now is not there.
        if !matches!(insurer, Err(InsurersError::Unknown { .. })) {
            entries.push((id, insurer));
        }
    }
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(entries)
}
