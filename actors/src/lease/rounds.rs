//! Work that one of all instances does, round after round, while it holds the lease of it.

use std::convert::Infallible;
use std::future::Future;
use std::time::Duration;

use super::{Held, Lease};
use crate::database::DatabaseError;
use crate::runtime::{Progress, error_text};

/// Rest after an error.
const RECOVER: Duration = Duration::from_millis(500);

/// Such work.
pub trait Rounds: Sync {
    /// One round. It rests by itself when there is nothing to do, and ends soon when the lease is lost: what it writes
    /// after that is to be fenced by [`Held::commit`], or harmless.
    fn round(&self, held: &Held) -> impl Future<Output = Result<(), DatabaseError>> + Send;
}

impl Lease {
    /// Waits for the lease and works while it is held, for ever. Errors degrade the actor, and it tries again.
    pub async fn work(&self, rounds: &impl Rounds, progress: &Progress) -> Infallible {
        loop {
            match self.acquire().await {
                Ok(Some(held)) => {
                    progress.leases(vec![held.resource().to_owned()]);
                    while !held.is_lost() {
                        if let Err(error) = rounds.round(&held).await {
                            progress.degraded(error_text(&error));
                            tokio::time::sleep(RECOVER).await;
                        }
                    }
                    progress.leases(Vec::new());
                }
                Ok(None) => {
                    progress.healthy("another instance does this");
                    tokio::time::sleep(self.every()).await;
                }
                Err(error) => {
                    progress.degraded(error_text(&error));
                    tokio::time::sleep(RECOVER).await;
                }
            }
        }
    }
}
