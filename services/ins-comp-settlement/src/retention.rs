//! What is large goes after a time: lines of registers, copies of policies, matches. They are dropped as parts, one at a time; what
//! was found, decided and written on an act stays. As long as somebody works on a break of a period, all of it stays.

use std::sync::Arc;
use std::time::Duration;

use polis_actors::database::{Database, DatabaseError, Run};
use polis_actors::lease::{Held, Leases, Rounds};
use polis_actors::runtime::{Child, ChildSpec, Ctx, Progress, Service};
use polis_schema::sql::{Statement, parts, retention};

const RESOURCE: &str = "retention";
/// How often it is looked for what has become too old.
const EVERY: Duration = Duration::from_secs(600);

/// What is dropped together, and how.
struct Kind {
    /// Which ones.
    expired: &'static Statement,
    /// The tables that have a part of each.
    tables: &'static [&'static str],
    /// That they are gone.
    dropped: &'static Statement,
    name: &'static str,
}

/// Runs before the registers that they need.
const KINDS: [Kind; 2] = [
    Kind {
        expired: &retention::RUNS,
        tables: &["run_policies", "run_matches"],
        dropped: &retention::RUN_DROPPED,
        name: "run",
    },
    Kind {
        expired: &retention::REGISTERS,
        tables: &["register_lines"],
        dropped: &retention::REGISTER_DROPPED,
        name: "register",
    },
];

#[derive(Clone)]
struct Retention {
    database: Database,
    leases: Leases,
    after: Duration,
}

/// A child that drops what is older than that; one of all instances does.
pub fn keeper(database: &Database, leases: &Leases, after: Duration) -> Arc<dyn Child> {
    let state = Retention { database: database.clone(), leases: leases.clone(), after };
    ChildSpec::new(RESOURCE, move |_| Ok(state.clone())).build().1
}

impl Service for Retention {
    const KIND: &'static str = "retention";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        let lease = self.leases.of(RESOURCE);
        let dropping = Dropping { retention: self.clone(), progress: ctx.progress() };
        let work = async move { lease.work(&dropping, &dropping.progress).await };
        ctx.spawn_linked(work, |_, never, _| match never {});
    }
}

struct Dropping {
    retention: Retention,
    progress: Progress,
}

impl Rounds for Dropping {
    async fn round(&self, held: &Held) -> Result<(), DatabaseError> {
        let mut dropped = 0;
        for kind in &KINDS {
            dropped += self.drop_expired(kind, held).await?;
        }
        self.progress.handled(dropped);
        if dropped == 0 {
            self.progress.healthy("nothing is too old");
            let _ = tokio::time::timeout(EVERY, held.lost()).await;
        }
        Ok(())
    }
}

impl Dropping {
    async fn drop_expired(&self, kind: &Kind, held: &Held) -> Result<u64, DatabaseError> {
        let mut client = self.retention.database.get().await?;
        let expired = client.all(kind.expired, &[&self.retention.after.as_secs_f64()]).await?;
        let mut dropped = 0;
        for row in expired {
            let number: i64 = row.get(0);
            let transaction = client.transaction().await?;
            for table in kind.tables {
                transaction.first(&parts::DROP, &[table, &number]).await?;
            }
            transaction.run(kind.dropped, &[&number]).await?;
            if !held.commit(transaction).await? {
                break;
            }
            tracing::info!(kind.name, number, "large parts are dropped: they are older than is kept");
            dropped += 1;
        }
        Ok(dropped)
    }
}
