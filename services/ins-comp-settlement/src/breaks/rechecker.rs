//! The actor that settles breaks by later events: policies that changed are looked at as soon as they are noted, insurer by insurer;
//! one of all instances does. What was looked at and what became of it is written together, so that nothing is looked at twice or
//! forgotten.

use std::sync::Arc;
use std::time::Duration;

use polis_actors::database::{DatabaseError, Run, Wake, listen};
use polis_actors::failpoint;
use polis_actors::lease::{Held, Leases, Rounds};
use polis_actors::runtime::{Child, ChildSpec, Ctx, Progress, Service, error_text};
use polis_schema::sql::breaks;

use super::recheck::recheck;
use crate::insurers::Insurer;
use crate::shared::Shared;

/// The channel that the trigger of `break_checks` notifies.
const CHANNEL: &str = "break_checks";
const RESOURCE: &str = "rechecker";
/// How often to look when nobody calls: a run ends without a call, and files of insurers are mended without one.
const SLOW_POLL: Duration = Duration::from_secs(1);

#[derive(Clone)]
struct Rechecker {
    shared: Shared,
    leases: Leases,
}

/// A child that looks again at breaks whose policies changed.
pub fn rechecker(shared: &Shared, leases: &Leases) -> Arc<dyn Child> {
    let state = Rechecker { shared: shared.clone(), leases: leases.clone() };
    ChildSpec::new(RESOURCE, move |_| Ok(state.clone())).build().1
}

impl Service for Rechecker {
    const KIND: &'static str = "rechecker";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        let (lease, database) = (self.leases.of(RESOURCE), self.shared.database.clone());
        let looking = Looking { shared: self.shared.clone(), progress: ctx.progress(), wake: Wake::default() };
        let work = async move {
            let _listening = listen(&database, CHANNEL, looking.wake.clone());
            lease.work(&looking, &looking.progress).await
        };
        ctx.spawn_linked(work, |_, never, _| match never {});
    }
}

struct Looking {
    shared: Shared,
    progress: Progress,
    wake: Wake,
}

impl Rounds for Looking {
    /// Goes on until nothing waits but what cannot be looked at now. What an insurer's file keeps waiting stays noted, and the
    /// others do not wait for it.
    async fn round(&self, held: &Held) -> Result<(), DatabaseError> {
        let (mut stuck, mut reasons) = (Vec::new(), Vec::new());
        while let Some(id) = self.next(&stuck).await? {
            match self.shared.insurers.get(&id).await {
                Ok(insurer) => {
                    if !self.look(held, &insurer).await? {
                        return Ok(());
                    }
                }
                Err(error) => {
                    reasons.push(error_text(&error));
                    stuck.push(id);
                }
            }
        }
        match reasons.as_slice() {
            [] => self.progress.healthy("no policy changed of which a break stands"),
            reasons => self.progress.degraded(format!("changed policies wait: {}", reasons.join("; "))),
        }
        self.wake.wait(SLOW_POLL).await;
        Ok(())
    }
}

impl Looking {
    /// The insurer whose policies have waited longest, besides these.
    async fn next(&self, stuck: &[String]) -> Result<Option<String>, DatabaseError> {
        let row = self.shared.database.get().await?.first(&breaks::NEXT_CHECKED, &[&stuck]).await?;
        Ok(row.map(|row| row.get(0)))
    }

    /// Looks at a page; answers whether the lease was ours until the end.
    async fn look(&self, held: &Held, insurer: &Insurer) -> Result<bool, DatabaseError> {
        self.progress.healthy(format!("policies of {} changed", insurer.id));
        let mut client = self.shared.database.get().await?;
        let transaction = client.transaction().await?;
        let looked_at = recheck(&transaction, insurer).await?;
        failpoint::reach("rechecker::before_commit");
        let ours = held.commit(transaction).await?;
        failpoint::reach("rechecker::after_commit");
        if ours {
            self.progress.handled(u64::try_from(looked_at).unwrap_or_default());
        }
        Ok(ours)
    }
}
