//! From the frozen input to the pieces of the result. The same input gives the same pieces in the same order.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use polis_actors::database::Database;
use polis_actors::runtime::spawn_guarded;
use tokio::sync::mpsc::Sender;

use super::error::RunError;
use super::freeze::Frozen;
use super::sides;
use crate::matching::{Merge, Outcome, Totals, Wants};

/// Pieces that go on together.
const PAGE: usize = 4_000;

/// How far a run is.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) policies: AtomicI64,
    pub(super) lines: AtomicI64,
}

/// Merges both sides and sends the pieces of the result on; whoever takes them sets the pace. It is a task of its own: the other
/// core keeps pieces meanwhile.
pub(super) async fn reconcile(
    database: &Database, frozen: &Frozen, most_left_over: usize, done: &Arc<Done>, to: Sender<Vec<Outcome>>,
) -> Result<Totals, RunError> {
    let (database, frozen, done) = (database.clone(), frozen.clone(), done.clone());
    let merging = spawn_guarded(async move { merge(&database, &frozen, most_left_over, &done, to).await });
    merging.await.unwrap_or_else(|exit| std::panic::resume_unwind(Box::new(exit.to_string())))
}

async fn merge(
    database: &Database, frozen: &Frozen, most_left_over: usize, done: &Done, to: Sender<Vec<Outcome>>,
) -> Result<Totals, RunError> {
    let subject = &frozen.subject;
    let mut merge = Merge::new(&frozen.run(most_left_over), frozen.rules.clone())?;
    let mut out = Pieces { page: Vec::with_capacity(PAGE), to };
    let mut after = 0;
    loop {
        let client = database.get().await?;
        let page = sides::unreadable(&client, subject.register, after).await?;
        drop(client);
        let Some(last) = page.last() else { break };
        after = last.number;
        for line in &page {
            merge.unreadable(line, &mut out.page);
        }
        out.go_on().await?;
    }
    let mut policies = sides::policies(database, subject.run).await?;
    let mut lines = sides::lines(database, subject.register).await?;
    loop {
        match merge.wants() {
            Wants::Policies => {
                let page = policies.page().await?;
                count(&done.policies, page.len());
                merge.policies(page, &mut out.page)?;
            }
            Wants::Lines => {
                let page = lines.page().await?;
                count(&done.lines, page.len());
                merge.lines(page, &mut out.page)?;
            }
            Wants::Nothing => break,
        }
        out.go_on().await?;
    }
    let totals = merge.finish(&mut out.page)?;
    out.end().await?;
    Ok(totals)
}

fn count(of: &AtomicI64, more: usize) {
    of.fetch_add(i64::try_from(more).unwrap_or_default(), Relaxed);
}

/// Pieces on their way.
struct Pieces {
    page: Vec<Outcome>,
    to: Sender<Vec<Outcome>>,
}

impl Pieces {
    /// Sends what has come together, when it is enough.
    async fn go_on(&mut self) -> Result<(), RunError> {
        if self.page.len() < PAGE { Ok(()) } else { self.send().await }
    }

    /// Sends all that is left. The stages at the end put out much at once: it goes on in pages.
    async fn end(mut self) -> Result<(), RunError> {
        while self.page.len() > PAGE {
            let rest = self.page.split_off(PAGE);
            self.send().await?;
            self.page = rest;
        }
        self.send().await
    }

    async fn send(&mut self) -> Result<(), RunError> {
        let page = std::mem::replace(&mut self.page, Vec::with_capacity(PAGE));
        // Whoever takes them is gone with an error of its own, which says more.
        self.to.send(page).await.map_err(|_| RunError::Lost)
    }
}
