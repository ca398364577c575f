//! What the database says of settlement, as gauges: what stands open, what waits, and since when. Every instance says it, whoever
//! does the work: a part that has died does not tell that it has. The alerts are in `compose/prometheus/rules.yaml`.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use metrics::Label;
use polis_actors::database::{Database, DatabaseError, Run};
use polis_actors::runtime::{Child, ChildSpec, Ctx, Progress, Service, error_text};
use polis_schema::sql::{Statement, monitor, pulls};
use tokio_postgres::Row;

const EVERY: Duration = Duration::from_secs(5);

/// A statement whose first columns are the labels of a series and whose other columns are its gauges; a gauge that is null is not
/// set.
struct Watched {
    statement: &'static Statement,
    labels: &'static [&'static str],
    gauges: &'static [&'static str],
}

const WATCHED: [Watched; 9] = [
    Watched { statement: &monitor::BREAKS, labels: &["insurer", "kind", "state"], gauges: &["settlement_breaks"] },
    Watched {
        statement: &monitor::OLDEST_BREAKS,
        labels: &["insurer"],
        gauges: &[
            "settlement_oldest_open_break_seconds",
            "settlement_oldest_unowned_break_seconds",
            "settlement_oldest_disputed_break_seconds",
        ],
    },
    Watched { statement: &monitor::RUNS, labels: &["state"], gauges: &["settlement_runs"] },
    Watched { statement: &monitor::WAITING_RUN, labels: &[], gauges: &["settlement_run_waiting_seconds"] },
    Watched {
        statement: &monitor::ENDED_RUNS,
        labels: &["insurer"],
        gauges: &[
            "settlement_last_finished_run_timestamp_seconds",
            "settlement_last_finished_run_seconds",
            "settlement_failed_runs",
        ],
    },
    Watched {
        statement: &monitor::BREAK_CHECKS,
        labels: &[],
        gauges: &["settlement_break_checks", "settlement_break_check_waiting_seconds"],
    },
    Watched {
        statement: &monitor::DEAD_LETTERS,
        labels: &["consumer", "topic", "cause", "state"],
        gauges: &["dead_letters", "dead_letters_oldest_seconds"],
    },
    Watched {
        statement: &monitor::UNOWNED_PARTITIONS,
        labels: &["consumer", "topic"],
        gauges: &["consumer_unowned_partitions"],
    },
    Watched { statement: &pulls::OVERDUE, labels: &["insurer"], gauges: &["settlement_pull_overdue_seconds"] },
];

/// The child that keeps the gauges.
pub fn watch(database: &Database) -> Arc<dyn Child> {
    let database = database.clone();
    ChildSpec::new("monitor", move |_| Ok(Monitor { database: database.clone() })).build().1
}

struct Monitor {
    database: Database,
}

impl Service for Monitor {
    const KIND: &'static str = "monitor";

    fn started(&mut self, ctx: &mut Ctx<'_, Self>) {
        let keep = keep(self.database.clone(), ctx.progress());
        ctx.spawn_linked(keep, |_, never, _| match never {});
    }
}

async fn keep(database: Database, progress: Progress) -> Infallible {
    let mut known = WATCHED.map(|_| Known::default());
    loop {
        match look(&database, &mut known).await {
            Ok(()) => progress.healthy(format!("{} series", known.iter().map(Known::len).sum::<usize>())),
            Err(error) => progress.degraded(error_text(&error)),
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Sets every gauge. Whoever reads them while the database is away is told how old they are by the time of the last look.
async fn look(database: &Database, known: &mut [Known]) -> Result<(), DatabaseError> {
    let client = database.get().await?;
    for (watched, known) in WATCHED.iter().zip(known) {
        let rows = client.all(watched.statement, &[]).await?;
        let now: Vec<_> = rows.iter().map(|row| watched.series(row)).collect();
        for (labels, values) in known.with_those_gone(now, watched.gauges.len()) {
            watched.set(&labels, &values);
        }
    }
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    metrics::gauge!("settlement_monitor_looked_timestamp_seconds").set(since.as_secs_f64());
    Ok(())
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

    #[test]
    fn a_gauge_is_of_one_statement() {
        let names: Vec<&str> = WATCHED.iter().flat_map(|watched| watched.gauges).copied().collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    }
}
