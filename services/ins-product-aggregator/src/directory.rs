//! The actor that follows the directory of insurers: a new file is a new poller, a changed one another, a removed one
//! none. A file that cannot be used changes nothing, and says why.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use polis_actors::database::Database;
use polis_actors::lease::{Leases, Share};
use polis_actors::poller::{OrderBook, PollerConfig, PollerSpec};
use polis_actors::runtime::{
    ActorRef, AddChild, Child, ChildSpec, Ctx, Progress, RemoveChild, Service, Supervisor, error_text,
};
use tokio::task::spawn_blocking;

use crate::catalogue::Writer;
use crate::config::GuardConfig;
use crate::insurer::{Insurer, InsurerError, Surroundings, read_all};
use crate::referred::{Stamps, stamp};

/// What pollers of all insurers share.
#[derive(Clone)]
pub struct DirectorySpec {
    /// Where the files are.
    pub directory: PathBuf,
    /// HTTP client, secrets.
    pub around: Surroundings,
    /// The aggregator's database.
    pub database: Database,
    /// Where leases on insurers are.
    pub leases: Leases,
    /// Where events go.
    pub topic: String,
    /// What holds for insurers that say nothing else.
    pub guard: GuardConfig,
    /// The supervisor of the pollers.
    pub pollers: ActorRef<Supervisor>,
    /// What operators want of insurers.
    pub orders: OrderBook,
    /// This instance's part of all insurers.
    pub share: Share,
}

/// The actor.
pub struct Directory {
    spec: DirectorySpec,
}

const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a poller may take to begin or to end.
const CHILD: Duration = Duration::from_secs(30);

impl DirectorySpec {
    /// The actor as a child for a supervisor.
    pub fn build(self) -> Arc<dyn Child> {
        ChildSpec::new("insurers", move |_| Ok(Directory { spec: self.clone() })).build().1
    }
}

impl Service for Directory {
    const KIND: &'static str = "insurers";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        let progress = ctx.progress();
        progress.not_ready("reading the insurers");
        let follow = follow(self.spec.clone(), progress);
        ctx.spawn_linked(follow, |_, never, _| match never {});
    }
}

/// The files of the directory, and those that these refer to. Reading them all again is only worth it when one of these
/// has changed.
fn list(directory: &Path, referred: impl Iterator<Item = PathBuf>) -> std::io::Result<Stamps> {
    let mut listing: Stamps = referred.map(|path| (path.clone(), stamp(&path))).collect();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        listing.insert(path.clone(), stamp(&path));
    }
    Ok(listing)
}

/// What an insurer was started with.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Running {
    fingerprint: String,
    referred: Stamps,
}

async fn follow(spec: DirectorySpec, progress: Progress) -> std::convert::Infallible {
    let mut running: BTreeMap<String, Running> = BTreeMap::new();
    let mut seen = None;
    loop {
        let directory = spec.directory.clone();
        let referred: BTreeSet<PathBuf> = running.values().flat_map(|known| known.referred.keys().cloned()).collect();
        let listing = spawn_blocking(move || list(&directory, referred.into_iter())).await;
        match listing {
            Ok(Ok(listing)) if seen.as_ref() == Some(&listing) => {}
            Ok(Ok(listing)) => {
                // What could not be started is tried again with the next look.
                seen = apply(&spec, &mut running, &progress).await.then_some(listing);
            }
            Ok(Err(error)) => {
                let text = format!("directory of insurers {}: {error}", spec.directory.display());
                if progress.status() != text {
                    tracing::error!("{text}");
                }
                progress.degraded(text);
                seen = None;
            }
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Brings the pollers in line with the files; false when some could not be.
async fn apply(spec: &DirectorySpec, running: &mut BTreeMap<String, Running>, progress: &Progress) -> bool {
    let (directory, around) = (spec.directory.clone(), spec.around.clone());
    let read = spawn_blocking(move || read_all(&directory, &around)).await;
    let read = read.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic()));
    let (insurers, errors) = match read {
        Ok(read) => read,
        Err(error) => {
            progress.degraded(error_text(&error));
            return false;
        }
    };
    let mut done = true;
    // With a file in error it is not known whose it is: nobody is stopped for being absent.
    if errors.is_empty() {
        let gone: Vec<String> = running.keys().filter(|id| !insurers.contains_key(*id)).cloned().collect();
        for id in gone {
            if stop(spec, &id).await {
                running.remove(&id);
                tracing::info!(insurer = id, "insurer removed; its last catalogue stays");
            } else {
                done = false;
            }
        }
    }
    for (id, insurer) in &insurers {
        let now = Running { fingerprint: insurer.fingerprint.clone(), referred: insurer.referred.clone() };
        if running.get(id) == Some(&now) {
            continue;
        }
        let known = running.remove(id).is_some();
        if (!known || stop(spec, id).await) && start(spec, insurer).await {
            running.insert(id.clone(), now);
            tracing::info!(insurer = id, protocol = insurer.source.protocol(), changed = known, "insurer configured");
        } else {
            done = false;
        }
    }
    spec.share.resize(running.len());
    report(running.len(), &errors, progress);
    done
}

fn report(running: usize, errors: &[InsurerError], progress: &Progress) {
    metrics::gauge!("insurers_configured").set(running as f64);
    metrics::gauge!("insurers_refused").set(errors.len() as f64);
    for error in errors {
        tracing::error!("insurer refused: {}", error_text(error));
    }
    match errors.first() {
        None => progress.healthy(format!("{running} insurers")),
        Some(first) => {
            progress.degraded(format!("{running} insurers, {} files refused: {}", errors.len(), error_text(first)));
        }
    }
}

async fn stop(spec: &DirectorySpec, id: &str) -> bool {
    match spec.pollers.ask(RemoveChild(name(id)), CHILD).await {
        Ok(_) => true,
        Err(error) => {
            tracing::warn!(insurer = id, %error, "poller not stopped; trying again");
            false
        }
    }
}

async fn start(spec: &DirectorySpec, insurer: &Insurer) -> bool {
    let added = spec.pollers.ask(AddChild(poller(spec, insurer)), CHILD).await;
    let error = match added {
        // Another incarnation of this actor has started it; its configuration may be an older one.
        Ok(Err(_)) if stop(spec, insurer.id()).await => "was running; trying again".to_owned(),
        Ok(Ok(())) => return true,
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    };
    tracing::warn!(insurer = insurer.id(), error, "poller not started; trying again");
    false
}

fn name(id: &str) -> String {
    format!("poller-{id}")
}

fn poller(spec: &DirectorySpec, insurer: &Insurer) -> Arc<dyn Child> {
    let writer = Writer {
        database: spec.database.clone(),
        topic: spec.topic.clone(),
        insurer: insurer.id().to_owned(),
        name: insurer.config.name.clone(),
        guard: insurer.config.guard.unwrap_or(spec.guard),
        configured_as: insurer.fingerprint.clone(),
    };
    let poller = PollerSpec {
        source: insurer.source.clone(),
        target: Arc::new(writer),
        leases: spec.leases.clone(),
        config: schedule(insurer),
        orders: spec.orders.clone(),
        share: spec.share.clone(),
    };
    poller.build().1
}

fn schedule(insurer: &Insurer) -> PollerConfig {
    let period = insurer.schedule.period();
    PollerConfig {
        insurer: insurer.id().to_owned(),
        schedule: insurer.schedule.clone(),
        deadline: insurer.config.deadline.0,
        fresh_within: insurer.config.fresh_within.map(|within| within.0),
        breaker_after: 5,
        breaker_rest: (period * 2, (period * 60).min(Duration::from_secs(300))),
    }
}
