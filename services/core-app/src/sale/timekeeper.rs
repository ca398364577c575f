//! The actors that do what is due. One keeps the deadlines that are ours alone, the other one those for which the payment
//! provider is to be asked: a provider that hangs makes nothing else late. One of all instances does; a second one that
//! believes to be it changes nothing, because each deed is an event with its place in a stream, and each call to the
//! provider has a key.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use polis_actors::database::{Database, DatabaseError, Run, Wake, listen};
use polis_actors::failpoint;
use polis_actors::lease::{Held, Leases, Rounds};
use polis_actors::runtime::{Child, ChildSpec, Ctx, Progress, Service};
use polis_schema::sql::timers;
use tracing::Instrument;
use uuid::Uuid;

use super::effects::{Topics, timer};
use super::news::News;
use super::provider::{Provider, ProviderError};
use super::store::{Deed, SaleError, execute};
use super::{Command, Overdue, Refusal};

/// The channel that the trigger of `timers` notifies.
const CHANNEL: &str = "timers";
/// How often to look when nobody calls. The trigger of `timers` calls for what is due before that.
const SLOW_POLL: Duration = Duration::from_secs(2);
/// What is done at once.
const AT_ONCE: usize = 16;
const PAGE: i64 = 256;
/// Longest rest before something that could not be done is tried again.
const MOST_REST: Duration = Duration::from_secs(15);

/// Who keeps which timers.
#[derive(Clone, Copy, Debug)]
struct Part {
    name: &'static str,
    kinds: &'static [&'static str],
}

const DEADLINES: Part = Part { name: "deadlines", kinds: &[timer::QUOTE, timer::RESERVATION] };
/// A payment deadline is here: whether it is missed only the provider knows.
const PROVIDER: Part = Part { name: "provider-calls", kinds: &[timer::CALL, timer::POLL, timer::PAYMENT] };

/// What timers are kept with.
#[derive(Clone)]
pub struct Timekeeper {
    /// The application's database.
    pub database: Database,
    /// Where its lease is.
    pub leases: Leases,
    /// The payment provider.
    pub provider: Provider,
    /// Where messages go.
    pub topics: Topics,
    /// Where browsers reach us, for the provider.
    pub public: Arc<str>,
    /// Tells of changes.
    pub news: News,
}

/// A timer that is due.
#[derive(Clone, Debug)]
pub(super) struct Due {
    pub(super) id: i64,
    pub(super) application_id: Uuid,
    pub(super) kind: String,
    pub(super) reference: String,
    pub(super) tries: i32,
}

/// Why a timer is looked at again.
pub(super) enum Again {
    /// It is not decided yet: in that time.
    In(Duration),
    /// It could not be done: after the usual rest.
    Because(String),
}

impl Timekeeper {
    /// The actors as children for a supervisor.
    pub fn build(self) -> [Arc<dyn Child>; 2] {
        [DEADLINES, PROVIDER].map(|part| {
            let timekeeper = self.clone();
            ChildSpec::new(part.name, move |_| Ok(Keeper(timekeeper.clone(), part))).build().1
        })
    }

    /// One timer. What goes wrong with it concerns nobody else: it is looked at again.
    async fn one(&self, due: Due) -> Result<(), DatabaseError> {
        let span = tracing::info_span!("timer", application = %due.application_id, kind = due.kind);
        let done = async {
            match due.kind.as_str() {
                timer::CALL => self.call(&due).await,
                timer::POLL => self.poll(&due).await,
                timer::PAYMENT => self.deadline(&due).await,
                timer::QUOTE => self.expire(&due, Overdue::Quote).await,
                _ => self.expire(&due, Overdue::Reservation).await,
            }
        };
        let again = match done.instrument(span).await {
            Ok(None) => return Ok(()),
            Ok(Some(again)) => again,
            Err(SaleError::Database(error)) if error.is_passing() => return Err(error),
            Err(error) => Again::Because(error.to_string()),
        };
        let (rest, why) = match again {
            Again::In(rest) => (rest, None),
            Again::Because(why) => {
                tracing::warn!(application = %due.application_id, kind = due.kind, tries = due.tries + 1, why, "timer waits");
                metrics::counter!("timers_failed_total", "kind" => due.kind.clone()).increment(1);
                (rest_after(due.tries), Some(why))
            }
        };
        let client = self.database.get().await?;
        client.run(&timers::LATER, &[&due.id, &rest.as_secs_f64(), &why]).await.map(drop)
    }

    pub(super) async fn expire(&self, due: &Due, overdue: Overdue) -> Result<Option<Again>, SaleError> {
        let mut client = self.database.get().await?;
        let transaction = client.transaction().await.map_err(DatabaseError::Transaction)?;
        let deed = Deed { actor: "timer", why: &due.kind };
        self.carry_out(&transaction, due.application_id, Command::Expire(overdue), deed).await?;
        self.done(transaction, due).await
    }

    /// A command that has been carried out before needs nothing more.
    pub(super) async fn carry_out(
        &self, transaction: &deadpool_postgres::Transaction<'_>, application_id: Uuid, command: Command, deed: Deed<'_>,
    ) -> Result<(), SaleError> {
        match execute(transaction, &self.topics, application_id, command, deed).await {
            Ok(_) | Err(SaleError::Refused(Refusal::AlreadyDone | Refusal::NotNow { .. })) => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn done(
        &self, transaction: deadpool_postgres::Transaction<'_>, due: &Due,
    ) -> Result<Option<Again>, SaleError> {
        transaction.run(&timers::DONE, &[&due.id]).await?;
        failpoint::reach("timekeeper::before_commit");
        transaction.commit().await.map_err(DatabaseError::Transaction)?;
        failpoint::reach("timekeeper::after_commit");
        self.news.changed(due.application_id);
        Ok(None)
    }
}

/// A second at first. Buyers wait before their page: when the provider is back, not for long any more.
fn rest_after(tries: i32) -> Duration {
    let doubled = Duration::from_millis(500) * 2u32.saturating_pow(u32::try_from(tries).unwrap_or(0).min(7) + 1);
    doubled.min(MOST_REST).mul_f64(0.8 + 0.4 * fastrand::f64())
}

/// What an error of the provider means for a timer.
pub(super) fn again(error: &ProviderError) -> Again {
    Again::Because(error.to_string())
}

/// The alert is on how late the oldest timer is, so every instance says it, whoever keeps time.
async fn watch_overdue(database: Database, part: Part) -> Infallible {
    const EVERY: Duration = Duration::from_secs(5);
    let overdue = metrics::gauge!("timers_overdue_seconds", "part" => part.name);
    loop {
        if let Ok(client) = database.get().await
            && let Ok(Some(row)) = client.first(&timers::OVERDUE, &[&part.kinds]).await
        {
            overdue.set(row.get::<_, Option<f64>>(0).unwrap_or(0.0));
        }
        tokio::time::sleep(EVERY).await;
    }
}

struct Keeper(Timekeeper, Part);

impl Service for Keeper {
    const KIND: &'static str = "timekeeper";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        let Self(timekeeper, part) = self;
        let (lease, part) = (timekeeper.leases.of(part.name), *part);
        let keeping = Keeping { timekeeper: timekeeper.clone(), part, progress: ctx.progress(), wake: Wake::default() };
        let work = async move {
            let _listening = listen(&keeping.timekeeper.database, CHANNEL, keeping.wake.clone());
            lease.work(&keeping, &keeping.progress).await
        };
        ctx.spawn_linked(work, |_, never, _| match never {});
        ctx.spawn_linked(watch_overdue(timekeeper.database.clone(), part), |_, never, _| match never {});
    }
}

struct Keeping {
    timekeeper: Timekeeper,
    part: Part,
    progress: Progress,
    wake: Wake,
}

impl Rounds for Keeping {
    /// Everything that is due, then a rest until something is. An error of one timer does not keep the others waiting.
    async fn round(&self, held: &Held) -> Result<(), DatabaseError> {
        let Self { timekeeper, part, progress, wake } = self;
        let client = timekeeper.database.get().await?;
        let rows = client.all(&timers::DUE, &[&part.kinds, &PAGE]).await?;
        if rows.is_empty() {
            let next = client.first(&timers::NEXT, &[&part.kinds]).await?.and_then(|row| row.get::<_, Option<f64>>(0));
            drop(client);
            progress.healthy(if next.is_some() { "waiting for the next timer" } else { "no timers are set" });
            let wait = next.and_then(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).ok()).unwrap_or(SLOW_POLL);
            wake.wait(wait.min(SLOW_POLL)).await;
            return Ok(());
        }
        drop(client);
        let due = rows.iter().map(|row| Due {
            id: row.get(0),
            application_id: row.get(1),
            kind: row.get(2),
            reference: row.get(3),
            tries: row.get(4),
        });
        let due: Vec<Due> = due.collect();
        progress.handled(due.len() as u64);
        let _work = progress.begin();
        let mut doing = stream::iter(due.into_iter().map(|due| timekeeper.one(due))).buffer_unordered(AT_ONCE);
        let mut first = Ok(());
        while let Some(done) = doing.next().await {
            // Each is bounded by itself, all of them together are not.
            progress.tick();
            if held.is_lost() {
                break;
            }
            first = first.and(done);
        }
        first
    }
}
