//! The actor that reads what operators want of insurers, whichever instance they told.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use polis_actors::database::{Database, DatabaseError, Run, Wake, listen};
use polis_actors::poller::{OrderDesk, Orders};
use polis_actors::runtime::{Child, ChildSpec, Ctx, Progress, Service, error_text};
use polis_schema::sql::insurers;

/// The channel that the trigger of `insurer_orders` notifies.
const CHANNEL: &str = "insurer_orders";
/// How often to look when nobody calls.
const SLOW_POLL: Duration = Duration::from_secs(2);

struct Clerk {
    database: Database,
    desk: OrderDesk,
}

/// A child that keeps the order book as the table is.
pub fn follow(database: &Database, desk: OrderDesk) -> Arc<dyn Child> {
    let database = database.clone();
    ChildSpec::new("orders", move |_| Ok(Clerk { database: database.clone(), desk: desk.clone() })).build().1
}

impl Service for Clerk {
    const KIND: &'static str = "orders";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        let read = read(self.database.clone(), self.desk.clone(), ctx.progress());
        ctx.spawn_linked(read, |_, never, _| match never {});
    }
}

async fn read(database: Database, desk: OrderDesk, progress: Progress) -> std::convert::Infallible {
    let wake = Wake::default();
    let _listening = listen(&database, CHANNEL, wake.clone());
    loop {
        match load(&database).await {
            Ok(orders) => {
                progress.healthy(format!("{} insurers have orders", orders.len()));
                desk.send_if_modified(|known| {
                    let changed = known.as_deref() != Some(&orders);
                    *known = Some(Arc::new(orders));
                    changed
                });
            }
            // The last orders hold meanwhile.
            Err(error) => progress.degraded(error_text(&error)),
        }
        wake.wait(SLOW_POLL).await;
    }
}

async fn load(database: &Database) -> Result<HashMap<String, Orders>, DatabaseError> {
    let rows = database.get().await?.all(&insurers::ORDERS, &[]).await?;
    let orders = rows.iter().map(|row| {
        let every: Option<f64> = row.get(2);
        let poll_now_at: Option<Timestamp> = row.get(3);
        let every = every.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        (row.get(0), Orders { paused: row.get(1), every, poll_now_at })
    });
    Ok(orders.collect())
}
