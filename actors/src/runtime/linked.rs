//! Background work that belongs to somebody: it dies with its owner, and its panic is its owner's.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::task::JoinHandle;

use super::Exit;
use super::panics::guard;

/// A task on the I/O threads, aborted when this handle is dropped. Its panic comes out as an [`Exit`].
#[derive(Debug)]
pub struct Guarded<T>(JoinHandle<Result<T, Exit>>);

impl<T> Drop for Guarded<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<T> Future for Guarded<T> {
    type Output = Result<T, Exit>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(cx).map(|joined| match joined {
            Ok(result) => result,
            Err(error) => Err(Exit::DependencyGone(format!("background task: {error}"))),
        })
    }
}

/// Starts background work on the current runtime, linked to whoever holds the returned future.
#[expect(clippy::disallowed_methods, reason = "the one place where background work is started, always linked")]
pub fn spawn_guarded<F>(future: F) -> Guarded<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    Guarded(tokio::spawn(CatchPanics(Box::pin(future))))
}

struct CatchPanics<F>(Pin<Box<F>>);

impl<F: Future> Future for CatchPanics<F> {
    type Output = Result<F::Output, Exit>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match guard(|| self.0.as_mut().poll(cx)) {
            Ok(poll) => poll.map(Ok),
            Err(exit) => Poll::Ready(Err(exit)),
        }
    }
}

/// A task on this thread, aborted when dropped.
#[derive(Debug)]
pub struct LocalTask(JoinHandle<()>);

impl Drop for LocalTask {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts work on this thread, linked to whoever holds the handle.
#[expect(clippy::disallowed_methods, reason = "linked by the returned handle")]
pub(crate) fn spawn_guarded_local(future: impl Future<Output = ()> + 'static) -> LocalTask {
    LocalTask(tokio::task::spawn_local(future))
}

/// Runs a future; a panic comes back as [`Exit::Panicked`] instead of unwinding further.
pub(crate) async fn caught<F: Future>(future: F) -> Result<F::Output, Exit> {
    CatchPanics(Box::pin(future)).await
}
