//! A door that a test opens: makes an actor wait at a known place, without sleeping.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// Closed at first; whoever waits goes on once it is opened. Clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate(Arc<Semaphore>);

impl Default for Gate {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(0)))
    }
}

impl Gate {
    /// Waits until the gate is open.
    pub async fn pass(&self) {
        // Closing the semaphore is the opening of the gate: everybody who waits wakes up with an error.
        let _ = self.0.acquire().await;
    }

    /// Opens the gate for good.
    pub fn open(&self) {
        self.0.close();
    }
}
