//! The owner of partitions by time: makes them ahead and drops them when they have been kept long enough, on its own timer.

use std::sync::Arc;
use std::time::Duration;

use polis_schema::sql::partitions;

use crate::database::{Database, DatabaseError, Run};
use crate::runtime::{Child, ChildSpec, Ctx, Progress, Service};

const EVERY: Duration = Duration::from_secs(3600);
const RECOVER: Duration = Duration::from_secs(5);
const DAYS_AHEAD: i32 = 14;

struct Keeper {
    database: Database,
}

/// A child that keeps the daily partitions of all partitioned tables ahead of time.
pub fn keep_ahead(database: &Database) -> Arc<dyn Child> {
    let database = database.clone();
    ChildSpec::new("partitions", move |_| Ok(Keeper { database: database.clone() })).build().1
}

impl Service for Keeper {
    const KIND: &'static str = "partitions";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        let keep = keep(self.database.clone(), ctx.progress());
        ctx.spawn_linked(keep, |_, never, _| match never {});
    }
}

async fn keep(database: Database, progress: Progress) -> std::convert::Infallible {
    loop {
        match ensure(&database).await {
            Ok(()) => {
                progress.healthy(format!("made {DAYS_AHEAD} days ahead"));
                tokio::time::sleep(EVERY).await;
            }
            Err(error) => {
                progress.degraded(crate::runtime::error_text(&error));
                tokio::time::sleep(RECOVER).await;
            }
        }
    }
}

async fn ensure(database: &Database) -> Result<(), DatabaseError> {
    let client = database.get().await?;
    client.all(&partitions::ENSURE, &[&DAYS_AHEAD]).await?;
    client.all(&partitions::DROP_EXPIRED, &[]).await.map(drop)
}
