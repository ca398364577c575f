//! Telling whoever watches an application, on any instance, that it has changed: after the commit and many at once, because
//! transactions that notify are committed one by one. Only a hint: watchers look by themselves from time to time.

use std::sync::Arc;

use polis_actors::database::{Database, Run};
use polis_actors::runtime::{Guarded, spawn_guarded};
use polis_schema::sql::applications;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Tells of changes. Clones share it.
#[derive(Clone, Debug)]
pub struct News {
    changed: mpsc::Sender<Uuid>,
    _telling: Arc<Guarded<()>>,
}

/// Changes that wait to be told; when the database is away for long, later ones are found by looking.
const WAITING: usize = 4096;
/// Told by one statement.
const AT_ONCE: usize = 512;

impl News {
    /// Call it on the process's runtime: it tells from now on.
    pub fn open(database: &Database) -> Self {
        let (changed, mut waiting) = mpsc::channel(WAITING);
        let database = database.clone();
        let telling = spawn_guarded(async move {
            let mut ids: Vec<Uuid> = Vec::new();
            while waiting.recv_many(&mut ids, AT_ONCE).await > 0 {
                if let Ok(client) = database.get().await
                    && let Err(error) = client.all(&applications::TELL, &[&ids]).await
                {
                    tracing::debug!(%error, "changes are not told; watchers look by themselves");
                }
                ids.clear();
            }
        });
        Self { changed, _telling: Arc::new(telling) }
    }

    /// An application has changed, and that is committed.
    pub fn changed(&self, application_id: Uuid) {
        // Too many wait: watchers look by themselves.
        let _ = self.changed.try_send(application_id);
    }
}
