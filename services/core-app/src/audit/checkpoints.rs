//! The actor that makes checkpoints; one of all instances does.

use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, Unit};
use polis_actors::database::{Database, DatabaseError, Run};
use polis_actors::lease::{Held, Leases, Rounds};
use polis_actors::runtime::{Child, ChildSpec, Ctx, Progress, Service};
use polis_schema::sql::audit;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::checkpoint::{Checkpoint, FIRST, Head, Signer};
use crate::hex::hex;

const RESOURCE: &str = "checkpoints";
/// Rows of streams that have grown, for one checkpoint.
const MOST: i64 = 20_000;

/// What checkpoints are made with.
#[derive(Clone)]
pub struct Checkpoints {
    /// The application's database.
    pub database: Database,
    /// Where its lease is.
    pub leases: Leases,
    /// Signs; without it there are none.
    pub signer: Option<Arc<Signer>>,
    /// How often.
    pub every: Duration,
}

impl Checkpoints {
    /// The actor as a child for a supervisor.
    pub fn build(self) -> Arc<dyn Child> {
        ChildSpec::new(RESOURCE, move |_| Ok(self.clone())).build().1
    }

    /// The next checkpoint, if a stream has grown: how many it covers, and whether more wait.
    async fn next(&self, held: &Held, signer: &Signer) -> Result<Option<(Checkpoint, bool)>, DatabaseError> {
        let mut client = self.database.get().await?;
        let transaction = client.transaction().await?;
        let newest = transaction.first(&audit::NEWEST, &[]).await?;
        let (number, before) = newest.map_or((0, FIRST.to_vec()), |row| (row.get(0), row.get(2)));
        let rows = transaction.all(&audit::TAKE_PENDING, &[&MOST]).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let head =
            |row: &tokio_postgres::Row| Head { application_id: row.get(0), version: row.get(1), hash: row.get(2) };
        let heads: Vec<Head> = rows.iter().map(head).collect();
        let now = Timestamp::now().round(Unit::Microsecond).unwrap_or(Timestamp::UNIX_EPOCH);
        let made: Checkpoint = signer.sign(&before, number + 1, now, &heads);
        let ids: Vec<Uuid> = heads.iter().map(|head| head.application_id).collect();
        let versions: Vec<i64> = heads.iter().map(|head| head.version).collect();
        let hashes: Vec<&[u8]> = heads.iter().map(|head| head.hash.as_slice()).collect();
        let parameters: [&(dyn ToSql + Sync); 9] = [
            &made.number,
            &made.made_at,
            &made.streams,
            &made.hash,
            &made.public_key,
            &made.signature,
            &ids,
            &versions,
            &hashes,
        ];
        transaction.run(&audit::ADD_CHECKPOINT, &parameters).await?;
        let more = rows.first().is_some_and(|row| row.get::<_, i64>(3) == MOST);
        // The number is taken by whoever holds the lease; a former owner finds it taken, or is fenced.
        Ok(held.commit(transaction).await?.then_some((made, more)))
    }
}

impl Service for Checkpoints {
    const KIND: &'static str = "checkpoints";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        let progress = ctx.progress();
        let Some(signer) = self.signer.clone() else {
            progress
                .degraded("audit.key is not set: no checkpoints are signed, and an end that is cut off is not noticed");
            return;
        };
        let lease = self.leases.of(RESOURCE);
        let making = Making { checkpoints: self.clone(), signer, progress };
        let work = async move { lease.work(&making, &making.progress).await };
        ctx.spawn_linked(work, |_, never, _| match never {});
    }
}

struct Making {
    checkpoints: Checkpoints,
    signer: Arc<Signer>,
    progress: Progress,
}

impl Rounds for Making {
    async fn round(&self, held: &Held) -> Result<(), DatabaseError> {
        let Self { checkpoints, signer, progress } = self;
        let mut more = false;
        if let Some((made, waiting)) = checkpoints.next(held, signer).await? {
            more = waiting;
            progress.handled(made.streams.unsigned_abs());
            progress.healthy(format!("checkpoint {} was made at {:.0}", made.number, made.made_at));
            // The log is a copy outside of the database: an end that was cut off together with its checkpoints misses here.
            tracing::info!(number = made.number, streams = made.streams, hash = hex(&made.hash), "audit checkpoint");
        } else {
            progress.healthy("no application has changed since the last checkpoint");
        }
        if !more {
            tokio::time::sleep(checkpoints.every).await;
        }
        Ok(())
    }
}
