//! What a database says, as gauges: what waits, and since when. Every instance says it, whoever does the work: a part that has died does
//! not tell that it has. The alerts are in `compose/prometheus/rules.yaml`.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use metrics::Label;
use polis_schema::sql::{Statement, dead_letters, offsets, replays};
use tokio_postgres::Row;

use crate::database::{Database, DatabaseError, Run};
use crate::runtime::{Child, ChildSpec, Ctx, Progress, Service, error_text};

const EVERY: Duration = Duration::from_secs(5);

/// A statement whose first columns are the labels of a series and whose other columns are its gauges; a gauge that is null is not
/// set.
#[derive(Clone, Copy, Debug)]
pub struct Watched {
    /// What is asked.
    pub statement: &'static Statement,
    /// Names of its first columns.
    pub labels: &'static [&'static str],
    /// Names of its other columns.
    pub gauges: &'static [&'static str],
}

/// What is known of every service that consumes.
pub const CONSUMERS: [Watched; 3] = [
    Watched {
        statement: &dead_letters::SET_ASIDE,
        labels: &["consumer", "topic", "cause", "state"],
        gauges: &["dead_letters", "dead_letters_oldest_seconds"],
    },
    Watched {
        statement: &replays::RUNNING,
        labels: &["consumer", "topic"],
        gauges: &["replays_running", "replays_passed"],
    },
    Watched { statement: &offsets::UNOWNED, labels: &["consumer", "topic"], gauges: &["consumer_unowned_partitions"] },
];

/// The child that keeps these gauges for a service.
pub fn watch(database: &Database, service: &'static str, watched: &[Watched]) -> Arc<dyn Child> {
    let monitor = Monitor { database: database.clone(), service, watched: watched.into() };
    ChildSpec::new("monitor", move |_| Ok(monitor.clone())).build().1
}

#[derive(Clone)]
struct Monitor {
    database: Database,
    service: &'static str,
    watched: Arc<[Watched]>,
}

impl Service for Monitor {
    const KIND: &'static str = "monitor";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        ctx.spawn_linked(keep(self.clone(), ctx.progress()), |_, never, _| match never {});
    }
}

async fn keep(monitor: Monitor, progress: Progress) -> Infallible {
    let mut known: Vec<Known> = monitor.watched.iter().map(|_| Known::default()).collect();
    loop {
        match monitor.look(&mut known).await {
            Ok(()) => progress.healthy(format!("{} series", known.iter().map(Known::len).sum::<usize>())),
            Err(error) => progress.degraded(error_text(&error)),
        }
        tokio::time::sleep(EVERY).await;
    }
}

impl Monitor {
    /// Sets every gauge. Whoever reads them while the database is away is told how old they are by the time of the last look.
    async fn look(&self, known: &mut [Known]) -> Result<(), DatabaseError> {
        let client = self.database.get().await?;
        for (watched, known) in self.watched.iter().zip(known) {
            let rows = client.all(watched.statement, &[]).await?;
            let now: Vec<_> = rows.iter().map(|row| watched.series(row)).collect();
            for (labels, values) in known.with_those_gone(now, watched.gauges.len()) {
                watched.set(&labels, &values);
            }
        }
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        metrics::gauge!("monitor_looked_timestamp_seconds", "service" => self.service).set(since.as_secs_f64());
        Ok(())
    }
}

/// The values of the labels, and of the gauges that have one.
type Series = (Vec<String>, Vec<Option<f64>>);

impl Watched {
    fn series(&self, row: &Row) -> Series {
        let labels = (0..self.labels.len()).map(|at| row.get(at)).collect();
        let values = (0..self.gauges.len()).map(|at| row.get(self.labels.len() + at)).collect();
        (labels, values)
    }

    fn set(&self, labels: &[String], values: &[Option<f64>]) {
        let labels: Vec<Label> =
            self.labels.iter().zip(labels).map(|(name, value)| Label::new(*name, value.clone())).collect();
        for (name, value) in self.gauges.iter().zip(values) {
            if let Some(value) = value {
                metrics::gauge!(*name, labels.clone()).set(*value);
            }
        }
    }
}

/// The series that a statement has ever answered with. One that it does not name any more has nothing in it: left alone it would
/// stay what it was.
#[derive(Default)]
struct Known(BTreeSet<Vec<String>>);

impl Known {
    fn len(&self) -> usize {
        self.0.len()
    }

    /// What there is, and zeros for what is gone.
    fn with_those_gone(&mut self, mut now: Vec<Series>, gauges: usize) -> Vec<Series> {
        let there: BTreeSet<Vec<String>> = now.iter().map(|(labels, _)| labels.clone()).collect();
        now.extend(self.0.difference(&there).map(|labels| (labels.clone(), vec![Some(0.0); gauges])));
        self.0.extend(there);
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(label: &str, value: f64) -> Series {
        (vec![label.to_owned()], vec![Some(value)])
    }

    #[test]
    fn a_series_that_is_gone_is_nothing_until_it_is_back() {
        let mut known = Known::default();
        let first = known.with_those_gone(vec![series("a", 3.0), series("b", 5.0)], 1);
        assert_eq!(first, [series("a", 3.0), series("b", 5.0)]);
        assert_eq!(known.with_those_gone(vec![series("b", 4.0)], 1), [series("b", 4.0), series("a", 0.0)]);
        assert_eq!(known.with_those_gone(Vec::new(), 1), [series("a", 0.0), series("b", 0.0)]);
        assert_eq!(known.with_those_gone(vec![series("a", 1.0)], 1), [series("a", 1.0), series("b", 0.0)]);
        assert_eq!(known.len(), 2);
    }
}
