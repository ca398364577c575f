//! The actor that fetches registers by the schedules of insurers, and has each reconciled: the register, the order of its run, and
//! that it is not waited for any more are one transaction. One of all instances does. What fails is tried again, later and later.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use polis_actors::database::DatabaseError;
use polis_actors::lease::{Held, Leases, Rounds};
use polis_actors::runtime::{Backoff, Child, ChildSpec, Ctx, Progress, Service, error_text};

use super::error::IntakeError;
use super::plan::{is_planned, wanted};
use super::pulls::{self, Open};
use super::receive::{Intake, Then};
use crate::insurers::Schedule;

const RESOURCE: &str = "scheduler";
/// How often it is looked whether a schedule has changed.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Insurers that are asked at once.
const AT_ONCE: usize = 4;
/// Who orders what is ordered here.
const BY: &str = "schedule";

#[derive(Clone)]
struct Scheduler {
    intake: Intake,
    leases: Leases,
}

/// A child that fetches registers when they are due.
pub fn scheduler(intake: &Intake, leases: &Leases) -> Arc<dyn Child> {
    let state = Scheduler { intake: intake.clone(), leases: leases.clone() };
    ChildSpec::new(RESOURCE, move |_| Ok(state.clone())).build().1
}

impl Service for Scheduler {
    const KIND: &'static str = "scheduler";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        let lease = self.leases.of(RESOURCE);
        let fetching = Fetching { intake: self.intake.clone(), progress: ctx.progress() };
        let work = async move { lease.work(&fetching, &fetching.progress).await };
        ctx.spawn_linked(work, |_, never, _| match never {});
    }
}

struct Fetching {
    intake: Intake,
    progress: Progress,
}

impl Rounds for Fetching {
    async fn round(&self, held: &Held) -> Result<(), DatabaseError> {
        let now = Timestamp::now();
        let open = self.plan(now).await?;
        let due: Vec<&Open> = open.iter().filter(|open| open.next_attempt_at <= now).collect();
        if due.is_empty() {
            let next = open.iter().map(|open| open.next_attempt_at).min();
            let until = next.and_then(|next| Duration::try_from(next.duration_since(Timestamp::now())).ok());
            let _ = tokio::time::timeout(until.map_or(LOOK_EVERY, |until| until.min(LOOK_EVERY)), held.lost()).await;
            return Ok(());
        }
        let work = stream::iter(due).for_each_concurrent(AT_ONCE, |open| self.fetch(open, held));
        tokio::select! {
            () = work => {}
            () = held.lost() => {}
        }
        Ok(())
    }
}

impl Fetching {
    /// Brings the plan in line with the schedules, and answers what is in it.
    async fn plan(&self, now: Timestamp) -> Result<Vec<Open>, DatabaseError> {
        let shared = self.intake.shared();
        let client = shared.database.get().await?;
        let open = pulls::open(&client).await?;
        let insurers = match shared.insurers.all().await {
            Ok(insurers) => insurers,
            Err(error) => {
                self.progress.degraded(error_text(&error));
                return Ok(open);
            }
        };
        let last = pulls::last(&client, now).await?;
        let mut schedules: BTreeMap<&str, Option<&Schedule>> = BTreeMap::new();
        for (id, insurer) in &insurers {
            match insurer {
                Ok(insurer) if insurer.schedule.is_none() => {}
                Ok(insurer) => drop(schedules.insert(id, insurer.schedule.as_ref())),
                // What is planned stays until the file is mended.
                Err(_) => drop(schedules.insert(id, None)),
            }
        }
        let mut changed = false;
        for (id, schedule) in &schedules {
            let Some(schedule) = schedule else { continue };
            let wanted = wanted(schedule, last.get(*id).copied().unwrap_or(now), now);
            if !is_planned(&wanted, id, &open, now) {
                pulls::plan(&client, id, now, &wanted).await?;
                changed = true;
            }
        }
        if open.iter().any(|open| !schedules.contains_key(open.insurer.as_str())) {
            let scheduled: Vec<&str> = schedules.keys().copied().collect();
            pulls::forget_others(&client, &scheduled).await?;
            changed = true;
        }
        let open = if changed { pulls::open(&client).await? } else { open };
        self.tell(&open);
        Ok(open)
    }

    fn tell(&self, open: &[Open]) {
        let failing: Vec<&Open> = open.iter().filter(|open| open.attempts > 0).collect();
        let text = |open: &&Open| {
            let why = open.last_error.as_deref().unwrap_or_default();
            format!("{} {}, tried {} times: {why}", open.insurer, open.period, open.attempts)
        };
        match (failing.first(), open.iter().map(|open| open.next_attempt_at).min()) {
            (Some(first), _) => self.progress.degraded(format!("{} not fetched: {}", failing.len(), text(first))),
            (None, Some(next)) => self.progress.healthy(format!("next at {next:.0}")),
            (None, None) => self.progress.healthy("no insurer has a schedule"),
        }
    }

    async fn fetch(&self, open: &Open, held: &Held) {
        let Open { insurer, due, period, .. } = open;
        let fetched = self.intake.pull_and(insurer, *period, BY, Then::Pulled(*due, held)).await;
        self.progress.handled(1);
        let noted = match fetched {
            Ok(_) | Err(IntakeError::Lost) => return,
            Err(error) => self.not_fetched(open, &error).await,
        };
        if let Err(error) = noted {
            // It is still due, and tried again as soon as the database is back.
            tracing::warn!(insurer, error = error_text(&error), "failed pull not noted");
        }
    }

    async fn not_fetched(&self, open: &Open, error: &IntakeError) -> Result<(), DatabaseError> {
        let why = error_text(error);
        let client = self.intake.shared().database.get().await?;
        if matches!(error, IntakeError::Closed(_)) {
            return open.give_up(&client, &why).await;
        }
        let wait = backoff().delay(u32::try_from(open.attempts).unwrap_or_default(), fastrand::f64());
        let wait = SignedDuration::try_from(wait).unwrap_or_default();
        open.failed(&client, &why, Timestamp::now().checked_add(wait).unwrap_or(Timestamp::MAX)).await
    }
}

/// From half a minute to an hour.
fn backoff() -> Backoff {
    Backoff { first: Duration::from_secs(30), cap: Duration::from_secs(3600), ..Backoff::default() }
}
