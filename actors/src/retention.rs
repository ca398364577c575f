//! What was decided on is forgotten after a time: dead letters that were replayed or discarded, with their story, and orders that came to
//! their end. What somebody still has to decide on is never forgotten, however old it is, nor an order that a letter which is kept
//! tells of.

use std::sync::Arc;
use std::time::Duration;

use polis_schema::sql::{dead_letters, replays};

use crate::database::{Database, DatabaseError, Run};
use crate::lease::{Held, Leases, Rounds};
use crate::runtime::{Child, ChildSpec, Ctx, Progress, Service};

const RESOURCE: &str = "forgetting";
/// How often it is looked for what has become too old.
const EVERY: Duration = Duration::from_secs(600);
/// Most rows of a transaction: whoever decides or replays meanwhile waits no longer than these take.
const MOST: i64 = 1000;

#[derive(Clone)]
struct Forgetting {
    database: Database,
    leases: Leases,
    after: Duration,
}

/// A child that forgets what was decided on longer ago than that; one of all instances does.
pub fn forget_decided(database: &Database, leases: &Leases, after: Duration) -> Arc<dyn Child> {
    let state = Forgetting { database: database.clone(), leases: leases.clone(), after };
    ChildSpec::new(RESOURCE, move |_| Ok(state.clone())).build().1
}

impl Service for Forgetting {
    const KIND: &'static str = "forgetting";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        let lease = self.leases.of(RESOURCE);
        let forgetting = Rounded { forgetting: self.clone(), progress: ctx.progress() };
        let work = async move { lease.work(&forgetting, &forgetting.progress).await };
        ctx.spawn_linked(work, |_, never, _| match never {});
    }
}

struct Rounded {
    forgetting: Forgetting,
    progress: Progress,
}

impl Rounds for Rounded {
    /// Letters before orders: once the letters are gone nothing tells of the order.
    async fn round(&self, held: &Held) -> Result<(), DatabaseError> {
        let Forgetting { database, after, .. } = &self.forgetting;
        let mut client = database.get().await?;
        let transaction = client.transaction().await?;
        let (seconds, most) = (after.as_secs_f64(), MOST);
        let letters = transaction.run(&dead_letters::FORGET, &[&seconds, &most]).await?;
        let orders = transaction.run(&replays::FORGET, &[&seconds, &most]).await?;
        if !held.commit(transaction).await? {
            return Ok(());
        }
        drop(client);
        self.progress.handled(letters + orders);
        if letters + orders == 0 {
            self.progress.healthy("nothing is too old");
            let _ = tokio::time::timeout(EVERY, held.lost()).await;
        } else {
            tracing::info!(letters, orders, "forgotten: they were decided longer ago than is kept");
        }
        Ok(())
    }
}
