//! The actor that takes files from a folder: each is kept as a register and moved to `taken`, or moved to `refused` with a text that
//! says why. A file is the same register however often it is read: a process that dies between both loses nothing and doubles
//! nothing. One of all instances does.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use polis_actors::database::DatabaseError;
use polis_actors::failpoint;
use polis_actors::lease::{Held, Leases, Rounds};
use polis_actors::runtime::{Child, ChildSpec, Ctx, Progress, Service, error_text};
use tokio::task::spawn_blocking;

use super::arriving::{Arriving, Received, Source};
use super::error::IntakeError;
use super::meter;
use super::named::named;
use super::read;
use super::receive::{Intake, Then};
use super::shelve;
use super::standing::{Look, look, whole};
use crate::insurers::Insurer;

const RESOURCE: &str = "folder";
/// Who sends what is found.
const BY: &str = "folder";

#[derive(Clone)]
struct Folder {
    intake: Intake,
    leases: Leases,
    folder: Arc<Path>,
    every: Duration,
}

/// A child that takes files from a folder with a folder for each insurer, and looks so often.
pub fn folder(intake: &Intake, leases: &Leases, folder: &Path, every: Duration) -> Arc<dyn Child> {
    let state = Folder { intake: intake.clone(), leases: leases.clone(), folder: folder.into(), every };
    ChildSpec::new(RESOURCE, move |_| Ok(state.clone())).build().1
}

impl Service for Folder {
    const KIND: &'static str = "folder";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        let lease = self.leases.of(RESOURCE);
        let taking = Taking { folder: self.clone(), seen: Mutex::default(), progress: ctx.progress() };
        let work = async move { lease.work(&taking, &taking.progress).await };
        ctx.spawn_linked(work, |_, never, _| match never {});
    }
}

struct Taking {
    folder: Folder,
    /// What was seen last.
    seen: Mutex<Look>,
    progress: Progress,
}

/// What keeps a file where it is.
enum Stays {
    Database(DatabaseError),
    Because(String),
}

impl Rounds for Taking {
    async fn round(&self, held: &Held) -> Result<(), DatabaseError> {
        let Folder { folder, every, .. } = &self.folder;
        let mut stays = Vec::new();
        match self.whole().await {
            Err(error) => stays.push(format!("{}: {error}", folder.display())),
            Ok(files) => {
                for path in files {
                    let taken = tokio::select! {
                        taken = self.take(&path, held) => taken,
                        () = held.lost() => return Ok(()),
                    };
                    match taken {
                        Ok(()) => self.progress.handled(1),
                        Err(Stays::Database(error)) => return Err(error),
                        Err(Stays::Because(why)) => stays.push(format!("{} stays: {why}", path.display())),
                    }
                }
            }
        }
        match stays.first() {
            None => self.progress.healthy(format!("looking into {}", folder.display())),
            Some(first) => self.degrade(stays.len(), first),
        }
        let _ = tokio::time::timeout(*every, held.lost()).await;
        Ok(())
    }
}

impl Taking {
    /// The files that are whole now.
    async fn whole(&self) -> std::io::Result<Vec<PathBuf>> {
        let folder = self.folder.folder.clone();
        let now =
            spawn_blocking(move || look(&folder)).await.unwrap_or_else(|ended| Err(std::io::Error::other(ended)))?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let files = whole(&seen, &now);
        *seen = now;
        Ok(files)
    }

    /// What it says is logged once, not at every look.
    fn degrade(&self, count: usize, first: &str) {
        let text = if count == 1 { first.to_owned() } else { format!("{first}; and {} more", count - 1) };
        if self.progress.status() != text {
            tracing::warn!("{text}");
        }
        self.progress.degraded(text);
    }

    async fn take(&self, path: &Path, held: &Held) -> Result<(), Stays> {
        let because = |error: &dyn std::error::Error| Stays::Because(error.to_string());
        let id =
            path.parent().and_then(Path::file_name).map(|id| id.to_string_lossy().into_owned()).unwrap_or_default();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // A file is not to blame for a description that is missing or wrong.
        let insurer = self.folder.intake.shared.insurers.get(&id).await;
        let insurer = insurer.map_err(|error| Stays::Because(error_text(&error)))?;
        let receiving = self.receive(&insurer, path, &name, held);
        let shelved = match meter::counted(&id, Source::Folder, receiving).await {
            Ok(_) => {
                failpoint::reach("folder::before_move");
                shelve::taken(path).await
            }
            Err(IntakeError::Database(error)) if error.is_passing() => return Err(Stays::Database(error)),
            Err(error) if error.is_passing() => return Err(Stays::Because(error_text(&error))),
            Err(error) => shelve::refused(path, &error_text(&error)).await,
        };
        shelved.map_err(|error| because(&error))
    }

    async fn receive(
        &self, insurer: &Arc<Insurer>, path: &Path, name: &str, held: &Held,
    ) -> Result<Received, IntakeError> {
        let intake = &self.folder.intake;
        let file = intake.spool.copy(path, name).await?;
        let period = match named(name) {
            Some(period) => Some(period),
            None => read::period(insurer.clone(), name, &file).await?,
        };
        let period = period.ok_or_else(|| IntakeError::NoPeriod(name.to_owned()))?;
        let arriving = Arriving {
            insurer: insurer.id.clone(),
            from: period.from,
            to: period.to,
            name: name.to_owned(),
            source: Source::Folder,
            by: BY.to_owned(),
        };
        intake.store(&arriving, &file, Then::Found(held)).await
    }
}
