//! Downloading with progress, a checksum, and nothing half-written under the final name.

use std::io::Write;
use std::path::{Path, PathBuf};

use futures_util::{StreamExt, TryStreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};

use crate::StackError;
use crate::artifacts::Artifact;

const AT_ONCE: usize = 6;

/// Fetches what is not there yet into `directory` and answers the paths in the same order.
pub(crate) async fn fetch_all(
    what: &str, artifacts: &[Artifact], directory: &Path,
) -> Result<Vec<PathBuf>, StackError> {
    std::fs::create_dir_all(directory).map_err(StackError::file("create directory", directory))?;
    let missing: Vec<_> = artifacts.iter().filter(|a| !is_there(a, directory)).collect();
    if !missing.is_empty() {
        let client = client();
        let bar = ProgressBar::new(missing.iter().map(|a| a.size).sum());
        bar.set_style(style());
        bar.set_message(format!("downloading {what}"));
        stream::iter(missing.into_iter().map(|artifact| fetch(&client, artifact, directory, &bar)))
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await?;
        bar.finish();
    }
    Ok(artifacts.iter().map(|a| directory.join(a.file_name())).collect())
}

/// An HTTP client whose TLS provider is set up.
pub fn client() -> reqwest::Client {
    // Installing the provider a second time changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{msg:24} {bytes:>10}/{total_bytes:10} {bar:30} {eta}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

fn is_there(artifact: &Artifact, directory: &Path) -> bool {
    // The checksum was checked before the file got its name; the size guards against a full disk since.
    std::fs::metadata(directory.join(artifact.file_name())).is_ok_and(|m| m.len() == artifact.size)
}

async fn fetch(
    client: &reqwest::Client, artifact: &Artifact, directory: &Path, bar: &ProgressBar,
) -> Result<(), StackError> {
    let url = artifact.url();
    let failed = |source| StackError::Download { url: artifact.url(), source };
    let response = client.get(&url).send().await.and_then(reqwest::Response::error_for_status).map_err(failed)?;
    let mut body = response.bytes_stream();
    let mut file =
        tempfile::NamedTempFile::new_in(directory).map_err(StackError::file("create a file in", directory))?;
    let mut hash = Sha256::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|source| StackError::Download { url: artifact.url(), source })?;
        hash.update(&chunk);
        file.write_all(&chunk).map_err(StackError::file("write", file.path()))?;
        bar.inc(chunk.len() as u64);
    }
    let found = hex(&hash.finalize());
    if found != artifact.sha256 {
        return Err(StackError::Checksum { url, found, pinned: artifact.sha256.clone() });
    }
    let path = directory.join(artifact.file_name());
    file.persist(&path).map_err(|error| StackError::File { doing: "rename into", path, source: error.error })?;
    Ok(())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
