//! Where files are until they are read. They have no name there: whatever happens to the process, nothing of them is left.

use std::fs::File;
use std::io::{self, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Buf;
use futures_util::{Stream, TryStreamExt};
use polis_actors::runtime::root_cause;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufWriter};
use tokio::task::spawn_blocking;

use super::error::IntakeError;

/// What is written at once.
const BLOCK: usize = 256 << 10;

/// A directory for files that are about to be read. Clones share it.
#[derive(Clone, Debug)]
pub struct Spool {
    directory: Arc<Path>,
    most_bytes: u64,
}

/// A file that is being written.
#[derive(Debug)]
pub struct Writing {
    spool: Spool,
    name: String,
    file: BufWriter<tokio::fs::File>,
    hash: Sha256,
    bytes: u64,
}

/// A file that was written to its end. It is gone when this is dropped.
#[derive(Debug)]
pub struct Spooled {
    file: File,
    /// SHA-256 of its content.
    pub sha256: [u8; 32],
    /// Its size.
    pub bytes: u64,
}

impl Spool {
    /// A spool in this directory, which is made when it is needed, for files of so many bytes at most.
    pub fn new(directory: &Path, most_bytes: u64) -> Self {
        Self { directory: directory.into(), most_bytes }
    }

    /// Refuses what says beforehand that it is too large.
    ///
    /// # Errors
    /// When it is.
    pub fn admit(&self, name: &str, bytes: Option<u64>) -> Result<(), IntakeError> {
        match bytes {
            Some(bytes) if bytes > self.most_bytes => Err(self.too_large(name)),
            _ => Ok(()),
        }
    }

    /// Begins a file.
    ///
    /// # Errors
    /// When the directory cannot be used.
    pub async fn begin(&self, name: &str) -> Result<Writing, IntakeError> {
        let directory = self.directory.clone();
        let made = spawn_blocking(move || {
            std::fs::create_dir_all(&directory)?;
            tempfile::tempfile_in(&directory)
        });
        let file =
            made.await.unwrap_or_else(|ended| Err(io::Error::other(ended))).map_err(|error| self.fails(error))?;
        let file = BufWriter::with_capacity(BLOCK, tokio::fs::File::from_std(file));
        Ok(Writing { spool: self.clone(), name: name.to_owned(), file, hash: Sha256::new(), bytes: 0 })
    }

    /// Takes a file from pieces that come one after another.
    ///
    /// # Errors
    /// When they break off, are too many, or the directory cannot be used.
    pub async fn take<B: Buf, E: std::error::Error + 'static>(
        &self, name: &str, mut pieces: impl Stream<Item = Result<B, E>> + Unpin,
    ) -> Result<Spooled, IntakeError> {
        let mut writing = self.begin(name).await?;
        loop {
            match pieces.try_next().await {
                Ok(Some(mut piece)) => {
                    while piece.has_remaining() {
                        let length = piece.chunk().len();
                        writing.write(piece.chunk()).await?;
                        piece.advance(length);
                    }
                }
                Ok(None) => return writing.finish().await,
                Err(error) => {
                    let (name, bytes, cause) = (name.to_owned(), writing.bytes, root_cause(&error));
                    return Err(IntakeError::BrokenOff { name, bytes, cause });
                }
            }
        }
    }

    /// Takes a copy of a file, so that nobody changes it while it is read.
    ///
    /// # Errors
    /// When it cannot be read, is too large, or the directory cannot be used.
    pub async fn copy(&self, path: &Path, name: &str) -> Result<Spooled, IntakeError> {
        let unreadable = |source| IntakeError::Found { path: path.to_owned(), source };
        let mut file = tokio::fs::File::open(path).await.map_err(unreadable)?;
        self.admit(name, file.metadata().await.ok().map(|meta| meta.len()))?;
        let mut writing = self.begin(name).await?;
        let mut block = vec![0; BLOCK];
        loop {
            let length = file.read(&mut block).await.map_err(unreadable)?;
            if length == 0 {
                return writing.finish().await;
            }
            writing.write(&block[..length]).await?;
        }
    }

    fn too_large(&self, name: &str) -> IntakeError {
        IntakeError::TooLarge { name: name.to_owned(), most: self.most_bytes }
    }

    fn fails(&self, source: io::Error) -> IntakeError {
        IntakeError::Spool { directory: PathBuf::from(&*self.directory), source }
    }
}

impl Writing {
    /// The next piece.
    ///
    /// # Errors
    /// When the file becomes too large, or the disk is full.
    pub async fn write(&mut self, piece: &[u8]) -> Result<(), IntakeError> {
        self.bytes += piece.len() as u64;
        if self.bytes > self.spool.most_bytes {
            return Err(self.spool.too_large(&self.name));
        }
        self.hash.update(piece);
        self.file.write_all(piece).await.map_err(|error| self.spool.fails(error))
    }

    /// That was all of it.
    ///
    /// # Errors
    /// When the disk is full.
    pub async fn finish(mut self) -> Result<Spooled, IntakeError> {
        self.file.flush().await.map_err(|error| self.spool.fails(error))?;
        let file = self.file.into_inner().into_std().await;
        Ok(Spooled { file, sha256: self.hash.finalize().into(), bytes: self.bytes })
    }
}

impl Spooled {
    /// The file, from its beginning. One reader at a time: they share the place.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub(super) fn reader(&self) -> io::Result<File> {
        let mut file = self.file.try_clone()?;
        file.rewind()?;
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use futures_util::stream;

    use super::*;

    fn pieces(pieces: &[&'static str]) -> impl Stream<Item = Result<&'static [u8], io::Error>> + Unpin {
        let pieces: Vec<_> = pieces.iter().map(|piece| Ok(piece.as_bytes())).collect();
        stream::iter(pieces)
    }

    #[tokio::test]
    async fn a_file_is_counted_hashed_and_read_from_its_beginning() {
        let directory = tempfile::tempdir().unwrap();
        let spool = Spool::new(&directory.path().join("a/b"), 3);
        let spooled = spool.take("x", pieces(&["a", "", "bc"])).await.unwrap();
        assert_eq!(spooled.bytes, 3);
        assert_eq!(spooled.sha256, <[u8; 32]>::from(Sha256::digest("abc")));
        for _ in 0..2 {
            let mut text = String::new();
            spooled.reader().unwrap().read_to_string(&mut text).unwrap();
            assert_eq!(text, "abc");
        }
        assert_eq!(std::fs::read_dir(directory.path().join("a/b")).unwrap().count(), 0, "it has no name");
        let found = directory.path().join("found.csv");
        std::fs::write(&found, "abc").unwrap();
        assert_eq!(spool.copy(&found, "found.csv").await.unwrap().sha256, spooled.sha256);
    }

    #[tokio::test]
    async fn what_is_too_large_or_breaks_off_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let spool = Spool::new(directory.path(), 3);
        assert!(
            spool.admit("x", Some(4)).is_err() && spool.admit("x", Some(3)).is_ok() && spool.admit("x", None).is_ok()
        );
        let error = spool.take("x.csv", pieces(&["ab", "cd"])).await.unwrap_err();
        assert!(error.to_string().starts_with("x.csv is larger than the 3 bytes that intake.most_bytes"), "{error}");
        let broken = stream::iter([Ok(&b"ab"[..]), Err(io::Error::other("connection reset"))]);
        let error = spool.take("x.csv", broken).await.unwrap_err();
        assert_eq!(error.to_string(), "x.csv broke off after 2 bytes: connection reset; send it again");
        let error = spool.copy(&directory.path().join("none"), "none").await.unwrap_err();
        assert!(error.is_passing() && error.to_string().ends_with("none cannot be read"), "{error}");
        std::fs::write(directory.path().join("file"), "").unwrap();
        let error = Spool::new(&directory.path().join("file"), 3).begin("x").await.unwrap_err();
        assert!(error.is_passing() && error.to_string().contains("intake.spool"), "{error}");
    }
}
