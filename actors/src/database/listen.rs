//! Being woken by `NOTIFY`. Only a hint: whoever waits also looks by itself from time to time, so a notification that
//! is lost while the connection is down costs time, never data.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::sync::Notify;
use tokio_postgres::{AsyncMessage, NoTls};

use super::Database;
use crate::runtime::{Guarded, spawn_guarded};

const RECONNECT: Duration = Duration::from_millis(500);

/// Wakes one waiter; notifications that arrive while nobody waits are remembered as one.
#[derive(Clone, Debug, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// Waits for a notification, or that long.
    pub async fn wait(&self, at_most: Duration) {
        // Time out or not, the caller looks.
        let _ = tokio::time::timeout(at_most, self.0.notified()).await;
    }

    /// Wakes the waiter.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

/// Listens on a channel over a connection of its own, connecting again whenever it breaks. Ends when dropped.
pub fn listen(database: &Database, channel: &'static str, wake: Wake) -> Guarded<()> {
    listen_each(database, channel, move |_| wake.wake())
}

/// The same for those who want to know what each notification says. It says nothing when some may have been missed: then
/// whoever hears it looks.
pub fn listen_each(
    database: &Database, channel: &'static str, hear: impl Fn(Option<&str>) + Send + Sync + 'static,
) -> Guarded<()> {
    let config = database.config().clone();
    spawn_guarded(async move {
        loop {
            if let Ok((client, mut connection)) = config.connect(NoTls).await {
                let mut messages = stream::poll_fn(move |cx| connection.poll_message(cx));
                let statement = format!("listen {channel}");
                let listening = client.batch_execute(&statement);
                let read = async {
                    while let Some(Ok(message)) = messages.next().await {
                        if let AsyncMessage::Notification(notification) = message {
                            hear(Some(notification.payload()));
                        }
                    }
                };
                // Whatever happened while nobody listened is found by looking once.
                let listen = async {
                    if listening.await.is_ok() {
                        hear(None);
                        std::future::pending::<()>().await;
                    }
                };
                tokio::select! {
                    () = read => {}
                    () = listen => {}
                }
            }
            tokio::time::sleep(RECONNECT).await;
        }
    })
}
