//! Verifying a run: matched again from its frozen input, and held against the hash of its result. Nothing is written.

use std::sync::Arc;

use polis_actors::database::Database;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::Mutex;
use tokio::sync::mpsc::channel;

use super::error::RunError;
use super::fingerprint::Fingerprint;
use super::freeze::Frozen;
use super::reconcile::{Done, reconcile};
use crate::matching::Outcome;

/// What verifying says.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Whether the result is the same.
    pub same: bool,
    /// The hash of the result that is kept.
    pub result_sha256: String,
    /// That of the result made again.
    pub again: String,
}

/// Why a run cannot be verified.
#[derive(Debug, Error)]
pub enum VerifyError {
    /// It has no result.
    #[error("run {0} has no result to verify, or its input was dropped, being older than is kept")]
    NotDone(i64),
    /// It cannot be made again.
    #[error(transparent)]
    Run(#[from] RunError),
}

/// Each takes the memory of a run.
static ONE: Mutex<()> = Mutex::const_new(());

/// Makes the result of a run again and compares.
///
/// # Errors
/// When it cannot be made again.
pub async fn verify(database: &Database, run: i64) -> Result<Verified, VerifyError> {
    let _one = ONE.lock().await;
    let client = database.get().await.map_err(RunError::from)?;
    let frozen = match Frozen::load(&client, run).await {
        Err(RunError::NotFrozen(_)) => return Err(VerifyError::NotDone(run)),
        frozen => frozen?,
    };
    drop(client);
    let Some(kept) = frozen.result_sha256.clone().filter(|_| frozen.state == "done") else {
        return Err(VerifyError::NotDone(run));
    };
    let (to, mut pieces) = channel::<Vec<Outcome>>(1);
    let hash = async {
        let mut fingerprint = Fingerprint::default();
        while let Some(page) = pieces.recv().await {
            page.iter().try_for_each(|piece| fingerprint.add(piece))?;
        }
        Ok(fingerprint)
    };
    let done = Arc::new(Done::default());
    // How many may be left over was decided when the run was made.
    let (fingerprint, totals) = tokio::try_join!(hash, reconcile(database, &frozen, usize::MAX, &done, to))?;
    let again = fingerprint.finish(&totals)?;
    Ok(Verified { same: kept == again, result_sha256: hex(&kept), again: hex(&again) })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
