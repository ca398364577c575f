//! What the database says of settlement, as gauges: what stands open, what waits, and since when. The alerts are in
//! `compose/prometheus/rules.yaml`.

use polis_actors::monitor::Watched;
use polis_schema::sql::{monitor, pulls};

/// Beside what is known of every service that consumes.
pub const WATCHED: [Watched; 7] = [
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
    Watched { statement: &pulls::OVERDUE, labels: &["insurer"], gauges: &["settlement_pull_overdue_seconds"] },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use polis_actors::monitor::CONSUMERS;

    use super::*;

    #[test]
    fn a_gauge_is_of_one_statement() {
        let names: Vec<&str> = WATCHED.iter().chain(&CONSUMERS).flat_map(|watched| watched.gauges).copied().collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
    }
}
