//! A tree on a thread of its own, for programs that do something else beside it.

use std::process::ExitCode;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::{Child, Placer, Runtime, StopHandle};

/// A running tree. It stops in order when this is dropped.
pub struct Background {
    root: Arc<dyn Child>,
    stop: StopHandle,
    thread: Option<JoinHandle<ExitCode>>,
}

impl Background {
    /// Builds a tree on a new thread and runs it there. What `build` returns beside the root comes back.
    ///
    /// # Errors
    /// When the operating system refuses threads.
    pub async fn start<T: Send + 'static>(
        name: &str, build: impl FnOnce(Arc<dyn Placer>) -> (Arc<dyn Child>, T) + Send + 'static,
    ) -> std::io::Result<(Self, T)> {
        let (ready, started) = oneshot::channel();
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            let runtime = match Runtime::new(1) {
                Ok(runtime) => runtime,
                Err(error) => {
                    // Nobody waits any more when this fails.
                    let _ = ready.send(Err(error));
                    return ExitCode::FAILURE;
                }
            };
            let (root, value) = runtime.block_on(async { build(runtime.placer()) });
            let tree = root.clone();
            runtime.run(root, move |stop| {
                let _ = ready.send(Ok((tree, stop, value)));
            })
        })?;
        let ended = |_| std::io::Error::other("the thread of the tree ended before the tree started");
        let (root, stop, value) = started.await.map_err(ended)??;
        Ok((Self { root, stop, thread: Some(thread) }, value))
    }

    /// The root of the tree.
    pub fn root(&self) -> &Arc<dyn Child> {
        &self.root
    }

    /// Whether the tree has ended.
    pub fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits until the tree ends: by a signal to the process, or because a part keeps failing.
    pub fn wait(mut self) -> ExitCode {
        self.join()
    }

    /// Stops the tree in order and waits for it.
    pub fn stop(mut self) -> ExitCode {
        self.stop.stop();
        self.join()
    }

    fn join(&mut self) -> ExitCode {
        // A panic there has been reported by the runtime.
        self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or(ExitCode::FAILURE)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.stop.stop();
        self.join();
    }
}
