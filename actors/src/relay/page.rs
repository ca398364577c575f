//! Reading an outbox page by page, bounded in memory whatever is in the table.

use std::sync::Arc;

use deadpool_postgres::Object;
use polis_schema::sql::outbox as shared;
use tokio_postgres::Row;

use super::gaps::Horizon;
use super::{Outbox, RelayConfig};
use crate::database::{DatabaseError, Run};

/// What one round of reading brought.
pub(crate) struct Page {
    /// Horizon before the gaps were read; None when they were not read to the end, and may not be judged.
    pub(crate) before: Option<Horizon>,
    pub(crate) in_gaps: Vec<Row>,
    pub(crate) rows: Vec<Row>,
    /// Horizon after the rows were read; None when they have no new gap.
    pub(crate) after: Option<Horizon>,
    /// There may be more to read at once.
    pub(crate) more: bool,
}

/// Reads on one connection.
#[derive(Clone)]
pub(crate) struct Reader {
    client: Arc<Object>,
    outbox: Outbox,
    most_rows: i64,
    most_bytes: usize,
    /// Rows asked for. What lies beyond the bytes of a page has been sent by the database for nothing, so that this
    /// follows the size of the rows, up slowly and down at once.
    at_once: i64,
}

const FIRST_PAGE: i64 = 500;

impl Reader {
    pub(crate) fn new(client: Object, outbox: Outbox, config: &RelayConfig) -> Self {
        let (most_rows, most_bytes) = (config.page_rows, config.page_bytes);
        Self { client: Arc::new(client), outbox, most_rows, most_bytes, at_once: FIRST_PAGE.min(most_rows) }
    }

    /// Reads the rows in these gaps and those after a sequence. The gaps come second: when a row behind the sequence is seen,
    /// the row of its key before it was visible already, so that it is found in its gap now and goes first. Were the gaps
    /// read first, it could become visible in between, and come after its successor.
    pub(crate) async fn read(&self, gaps: Option<(Vec<i64>, Vec<i64>)>, after: i64) -> Result<Page, DatabaseError> {
        let (rows, cut) = self.client.page(&self.outbox.read_after, &[&after, &self.at_once], self.most_bytes).await?;
        let more = cut || i64::try_from(rows.len()).is_ok_and(|count| count >= self.at_once);
        let last = rows.last().map_or(after, |row| row.get(0));
        let complete = usize::try_from(last - after).is_ok_and(|span| span == rows.len());
        let after = if complete { None } else { Some(self.horizon().await?) };
        let Some((first, last)) = gaps else {
            return Ok(Page { before: None, in_gaps: Vec::new(), rows, after, more });
        };
        let before = Some(self.horizon().await?);
        let (in_gaps, cut) = self.client.page(&self.outbox.read_gaps, &[&first, &last], self.most_bytes).await?;
        if cut {
            // What is still to come of the gaps goes before the rows behind them, which are read again.
            return Ok(Page { before: None, in_gaps, rows: Vec::new(), after: None, more: true });
        }
        Ok(Page { before, in_gaps, rows, after, more })
    }

    /// Fits the next page to the size of these rows.
    pub(crate) fn fit(&mut self, rows: &[Row]) {
        let bytes: usize = rows.iter().map(Row::raw_size_bytes).sum();
        if let Some(fitting) = (self.most_bytes * rows.len()).checked_div(bytes) {
            let fitting = i64::try_from(fitting).unwrap_or(i64::MAX);
            self.at_once = fitting.min(self.at_once * 2).clamp(1, self.most_rows);
        }
    }

    async fn horizon(&self) -> Result<Horizon, DatabaseError> {
        let row = self.client.first(&shared::HORIZON, &[]).await?;
        // The statement always answers one row; the lowest horizon is the one that trusts nobody.
        Ok(row.map_or(Horizon { xmin: 0, xmax: i64::MAX }, |row| Horizon { xmin: row.get(0), xmax: row.get(1) }))
    }
}
