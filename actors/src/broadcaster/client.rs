//! The stream of one page: where it begins, what it gets, how it is kept alive, when it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, stream};
use sync_wrapper::SyncStream;
use thiserror::Error;
use tokio::sync::watch;

use super::log::Signal;
use super::{Behind, BroadcasterConfig, Log, Source, comment, encode};

/// Why a stream ends. The browser connects again by itself.
#[derive(Debug, Error)]
pub enum StreamError {
    /// The snapshot could not be read.
    #[error("snapshot")]
    Snapshot(#[from] crate::database::DatabaseError),
}

/// The door for clients. Clones share it.
#[derive(Clone)]
pub struct Clients {
    pub(crate) log: Log,
    pub(crate) source: Arc<dyn Source>,
    pub(crate) config: BroadcasterConfig,
    pub(crate) count: Arc<AtomicUsize>,
}

/// No more room; the browser is told when to come again.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("{0} streams are open, which is the most; try again later or on another instance")]
pub struct Full(pub usize);

/// How far the log of an instance may be behind the database, or behind another instance.
const LOG_LAG: Duration = Duration::from_secs(2);

struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        let open = self.0.fetch_sub(1, Relaxed) - 1;
        metrics::gauge!("sse_clients").set(open as f64);
    }
}

struct Client {
    clients: Clients,
    signal: watch::Receiver<Signal>,
    /// The last sign of life that this client was due.
    beat: u64,
    /// Something went out since: silence has not lasted long enough for a sign of life.
    spoke: bool,
    /// None until a snapshot has said where it is.
    position: Option<i64>,
    opened: bool,
    snapshot: std::vec::IntoIter<Bytes>,
    _counted: Counted,
}

impl Clients {
    /// How many streams are open.
    pub fn open(&self) -> usize {
        self.count.load(Relaxed)
    }

    /// A stream for a client that has seen everything up to `seen`; one that says nothing gets a reset and a snapshot.
    ///
    /// # Errors
    /// [`Full`] when there are as many streams as there may be.
    pub fn stream(
        &self, seen: Option<i64>,
    ) -> Result<impl Stream<Item = Result<Bytes, StreamError>> + Send + Sync + use<>, Full> {
        let most = self.config.most_clients;
        let counted = self.count.fetch_update(Relaxed, Relaxed, |open| (open < most).then_some(open + 1));
        let open = counted.map_err(Full)? + 1;
        metrics::gauge!("sse_clients").set(open as f64);
        let client = Client {
            beat: self.log.watch().borrow().beat,
            spoke: true,
            signal: self.log.watch(),
            position: seen,
            opened: false,
            snapshot: Vec::new().into_iter(),
            _counted: Counted(self.count.clone()),
            clients: self.clone(),
        };
        // Bodies must be Sync, which the futures of the database are not; nobody polls a stream from two threads.
        Ok(SyncStream::new(stream::unfold(client, |mut client| async move {
            let next = client.next().await?;
            Some((next, client))
        })))
    }
}

impl Client {
    async fn next(&mut self) -> Option<Result<Bytes, StreamError>> {
        if !std::mem::replace(&mut self.opened, true) {
            // Another instance may have told this client more than this one has read yet.
            if let Some(seen) = self.position {
                self.wait_for_log(seen).await;
            }
            return Some(Ok(self.greeting()));
        }
        loop {
            if let Some(frame) = self.snapshot.next() {
                return Some(Ok(frame));
            }
            // Marked before looking, so that what comes in between is not waited for.
            let signal = *self.signal.borrow_and_update();
            if signal.closing {
                return None;
            }
            let told = match self.position {
                // Where changes begin is not known yet: nobody can be told anything.
                _ if signal.head < 0 => Ok((Bytes::new(), 0)),
                Some(position) => self.clients.log.after(position, self.clients.config.most_bytes),
                None => Err(Behind),
            };
            match told {
                Err(Behind) => match self.begin_snapshot().await {
                    Ok(reset) => return Some(Ok(reset)),
                    Err(error) => return Some(Err(error)),
                },
                Ok((bytes, position)) if !bytes.is_empty() => {
                    self.position = Some(position);
                    self.spoke = true;
                    return Some(Ok(bytes));
                }
                Ok(_) => {}
            }
            if std::mem::replace(&mut self.beat, signal.beat) != signal.beat
                && !std::mem::replace(&mut self.spoke, false)
            {
                return Some(Ok(comment("alive")));
            }
            self.signal.changed().await.ok()?;
        }
    }

    /// When to come again, differently for each, so that they do not all come at once.
    fn greeting(&self) -> Bytes {
        let retry = self.clients.config.retry.mul_f64(0.5 + fastrand::f64());
        format!("retry: {}\n\n", retry.as_millis()).into()
    }

    /// A reset, the state of everything, and where that state is in the log. The id comes last: a connection that
    /// breaks in the middle begins anew.
    async fn begin_snapshot(&mut self) -> Result<Bytes, StreamError> {
        metrics::counter!("sse_resets_total").increment(1);
        let (mut frames, position) = self.clients.source.snapshot().await?;
        // Changes that the log has not read yet are still to come.
        self.wait_for_log(position).await;
        frames.push(format!("id: {position}\n\n").into());
        self.snapshot = frames.into_iter();
        self.position = Some(position);
        Ok(encode("reset", None, "{}"))
    }

    async fn wait_for_log(&mut self, position: i64) {
        let caught_up = self.signal.wait_for(|signal| signal.head >= position || signal.closing);
        // A log that does not move gives another reset, which is no loss.
        let _ = tokio::time::timeout(LOG_LAG, caught_up).await;
    }
}
