//! What a run has found, read page by page: however much it is, little of it is in memory.

use polis_actors::database::{Database, DatabaseError, Run as _};
use polis_schema::sql::runs;
use serde::Serialize;
use tokio::sync::mpsc::{Receiver, Sender};

use crate::runs::RunBreak;

/// A break as a run has found it, and how it stands today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// As it was found.
    #[serde(flatten)]
    pub found: RunBreak,
    /// open, explained, accepted, disputed, corrected; what is not due yet has none.
    pub state: Option<String>,
    /// Who looks after it.
    pub owner: Option<String>,
}

const PAGE: i64 = 1000;

/// Reads all of them for whoever writes. Who does not want more is given no more.
pub(super) async fn read(database: &Database, run: i64, to: Sender<Vec<Listed>>) -> Result<(), DatabaseError> {
    let mut after = 0;
    loop {
        // Nobody holds a connection while a page is written.
        let rows = database.get().await?.all(&runs::EXPORT, &[&run, &after, &PAGE]).await?;
        let of =
            |row: &tokio_postgres::Row| Listed { found: RunBreak::of(row, 0), state: row.get(11), owner: row.get(12) };
        let page: Vec<Listed> = rows.iter().map(of).collect();
        let Some(last) = page.last() else { return Ok(()) };
        after = last.found.ordinal;
        if to.send(page).await.is_err() {
            return Ok(());
        }
    }
}

/// The same where they are written, on a thread that may wait. They end when the reader has ended, also when it has failed.
pub(super) struct Pages {
    pages: Receiver<Vec<Listed>>,
    page: std::vec::IntoIter<Listed>,
}

impl Pages {
    pub(super) fn new(pages: Receiver<Vec<Listed>>) -> Self {
        Self { pages, page: Vec::new().into_iter() }
    }
}

impl Iterator for Pages {
    type Item = Listed;

    fn next(&mut self) -> Option<Listed> {
        loop {
            if let Some(next) = self.page.next() {
                return Some(next);
            }
            self.page = self.pages.blocking_recv()?.into_iter();
        }
    }
}
