//! The actor that does what is ordered, one run at a time; one of all instances does. A run that it did not end, because it was
//! killed or lost its lease, is begun again from its frozen input.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use polis_actors::database::{Database, DatabaseError, Run as _, Wake, listen};
use polis_actors::failpoint;
use polis_actors::lease::{Held, Leases, Rounds};
use polis_actors::runtime::{Child, ChildSpec, Ctx, Progress, Service, error_text};
use polis_schema::sql::runs;
use tokio::sync::mpsc::channel;
use tokio_postgres::types::Json;

use super::error::RunError;
use super::freeze::{Frozen, ROOM, Subject, freeze};
use super::keep::keep;
use super::reconcile::{Done, reconcile};
use crate::breaks::follow;
use crate::insurers::Insurer;
use crate::matching::{Period, Totals};
use crate::shared::Shared;

/// The channel that the trigger of `runs` notifies.
const CHANNEL: &str = "runs";
const RESOURCE: &str = "runner";
/// How often to look when nobody calls.
const SLOW_POLL: Duration = Duration::from_secs(2);
/// How often it is told how far a run is.
const REPORT: Duration = Duration::from_millis(300);
/// A run that was begun so often kills whoever does it.
const MOST_ATTEMPTS: i32 = 10;
/// Pages of the result that wait to be kept.
const WAITING: usize = 4;

#[derive(Clone)]
struct Runner {
    shared: Shared,
    leases: Leases,
}

/// A child that does what is ordered.
pub fn runner(shared: &Shared, leases: &Leases) -> Arc<dyn Child> {
    let state = Runner { shared: shared.clone(), leases: leases.clone() };
    ChildSpec::new(RESOURCE, move |_| Ok(state.clone())).build().1
}

impl Service for Runner {
    const KIND: &'static str = "runner";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        let (lease, database) = (self.leases.of(RESOURCE), self.shared.database.clone());
        let running = Running { shared: self.shared.clone(), progress: ctx.progress(), wake: Wake::default() };
        let work = async move {
            let _listening = listen(&database, CHANNEL, running.wake.clone());
            lease.work(&running, &running.progress).await
        };
        ctx.spawn_linked(work, |_, never, _| match never {});
    }
}

struct Running {
    shared: Shared,
    progress: Progress,
    wake: Wake,
}

impl Rounds for Running {
    async fn round(&self, held: &Held) -> Result<(), DatabaseError> {
        let next = self.shared.database.get().await?.first(&runs::NEXT, &[]).await?;
        let Some((run, insurer)) = next.map(|row| (row.get::<_, i64>(0), row.get::<_, String>(1))) else {
            self.progress.healthy("no run is ordered");
            self.wake.wait(SLOW_POLL).await;
            return Ok(());
        };
        let began = Instant::now();
        let ended = tokio::select! {
            ended = self.run(run, held) => ended,
            () = held.lost() => return Ok(()),
        };
        match ended {
            Ok(None) => Ok(()),
            Ok(Some(totals)) => {
                self.progress.handled(1);
                finished(run, &insurer, &totals, began.elapsed());
                Ok(())
            }
            Err(error) if error.is_passing() => {
                tracing::warn!(run, insurer, error = error_text(&error), "run is begun again");
                match error {
                    RunError::Database(error) => Err(error),
                    _ => Ok(()),
                }
            }
            Err(error) => self.fail(run, &insurer, &error).await,
        }
    }
}

impl Running {
    /// The whole of a run; nothing when it has ended meanwhile.
    async fn run(&self, run: i64, held: &Held) -> Result<Option<Totals>, RunError> {
        let database = &self.shared.database;
        let begun = database.get().await?.first(&runs::BEGIN, &[&run]).await?;
        let Some(row) = begun else { return Ok(None) };
        let period = Period { from: row.get(2), to: row.get(3) };
        let subject = Subject { run, register: row.get(0), insurer: row.get(1), period, currency: row.get(4) };
        let (attempts, is_frozen): (i32, bool) = (row.get(5), row.get(6));
        if attempts > MOST_ATTEMPTS {
            return Err(RunError::Hopeless(attempts - 1));
        }
        tracing::info!(run, insurer = subject.insurer, attempts, is_frozen, "run begins");
        let insurer = self.shared.insurers.get(&subject.insurer).await?;
        if !is_frozen {
            self.progress.healthy(format!("run {run}: freezing its input"));
            freeze(database, &subject, &insurer, held).await?;
            failpoint::reach("run::frozen");
        }
        let frozen = Frozen::load(&database.get().await?, run).await?;
        let done = Arc::new(Done::default());
        let totals = tokio::select! {
            totals = result(database, &frozen, &insurer, &done, held) => totals?,
            never = self.report(run, &done) => match never {},
        };
        Ok(Some(totals))
    }

    /// Tells how far a run is, for as long as it goes on.
    async fn report(&self, run: i64, done: &Done) -> std::convert::Infallible {
        loop {
            tokio::time::sleep(REPORT).await;
            let (policies, lines) = (done.policies.load(Relaxed), done.lines.load(Relaxed));
            self.progress.healthy(format!("run {run}: {policies} policies, {lines} lines"));
            self.progress.tick();
            if let Ok(client) = self.shared.database.get().await {
                // Only for whoever watches; the result does not depend on it.
                let _ = client.run(&runs::PROGRESS, &[&run, &policies, &lines]).await;
            }
        }
    }

    async fn fail(&self, run: i64, insurer: &str, error: &RunError) -> Result<(), DatabaseError> {
        let text = error_text(error);
        tracing::error!(run, error = text, "run failed");
        ended(insurer, "failed");
        self.shared.database.get().await?.run(&runs::FAIL, &[&run, &text]).await?;
        Ok(())
    }
}

/// From the frozen input to a result that is kept: in one transaction, so that there is one or none.
async fn result(
    database: &Database, frozen: &Frozen, insurer: &Insurer, done: &Arc<Done>, held: &Held,
) -> Result<Totals, RunError> {
    let subject = &frozen.subject;
    let mut client = database.get().await?;
    let transaction = client.transaction().await?;
    transaction.batch_execute(ROOM).await?;
    let (to, pieces) = channel(WAITING);
    let (fingerprint, totals) = tokio::try_join!(
        keep(&transaction, subject, pieces),
        reconcile(database, frozen, insurer.most_left_over, done, to)
    )?;
    let hash = fingerprint.finish(&totals)?;
    let Subject { run, insurer, period, .. } = subject;
    follow(&transaction, *run, insurer, period.from, period.to).await?;
    let breaks = i64::try_from(totals.break_count()).unwrap_or(i64::MAX);
    let (policies, lines) = (done.policies.load(Relaxed), done.lines.load(Relaxed));
    let hash: &[u8] = &hash;
    let ended = transaction.run(&runs::FINISH, &[run, &policies, &lines, &breaks, &Json(&totals), &hash]).await?;
    failpoint::reach("run::before_commit");
    // Somebody else has ended it: theirs is the result.
    if ended == 0 || !held.commit(transaction).await? {
        return Err(RunError::Lost);
    }
    failpoint::reach("run::after_commit");
    Ok(totals)
}

fn ended(insurer: &str, outcome: &'static str) {
    let labels = [("insurer", insurer.to_owned()), ("outcome", outcome.to_owned())];
    metrics::counter!("settlement_runs_total", &labels).increment(1);
}

fn finished(run: i64, insurer: &str, totals: &Totals, took: Duration) {
    let (policies, lines, breaks) = (totals.went_in.ours.count, totals.went_in.theirs.count, totals.break_count());
    tracing::info!(run, insurer, policies, lines, breaks, milliseconds = took.as_millis(), "run is done");
    ended(insurer, "done");
    metrics::histogram!("settlement_run_seconds", "insurer" => insurer.to_owned()).record(took.as_secs_f64());
    for (kind, tally) in totals.breaks.iter().filter(|(kind, _)| kind.is_break()) {
        let labels = [("insurer", insurer.to_owned()), ("kind", kind.as_str().to_owned())];
        metrics::counter!("settlement_run_breaks_total", &labels).increment(tally.count);
    }
}
