//! What was seen while a register was read, as it is kept and shown. Sums that are not those of the lines are told, and are no
//! reason to refuse it.

use rust_decimal::Decimal;
use serde::Serialize;

use crate::register::{Summary, TotalDifference};

/// What was seen.
#[derive(Debug, Serialize)]
pub(super) struct Seen<'s> {
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sheet: Option<&'s str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    other_sheets: &'s [String],
    /// Of which days the register says it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<String>,
    rows_apart: Apart,
    /// Whether it gives sums of itself, and where these are not those of its lines.
    own_totals: Option<OwnTotals<'s>>,
}

/// Rows of a table that are no lines.
#[derive(Debug, Serialize)]
struct Apart {
    title: u64,
    headers: u64,
    totals: u64,
    notes: u64,
}

#[derive(Debug, Serialize)]
struct OwnTotals<'s> {
    rows: u64,
    agree: bool,
    differences: Vec<Difference<'s>>,
    unlisted: u64,
}

#[derive(Debug, Serialize)]
struct Difference<'s> {
    line: Option<u64>,
    column: &'s str,
    said: Decimal,
    section: Decimal,
    whole: Decimal,
    unreadable: u64,
}

impl<'s> Seen<'s> {
    /// What is worth keeping of a summary.
    pub(super) fn of(summary: &'s Summary) -> Self {
        let apart = summary.apart;
        let own_totals = summary.totals_found.as_ref().map(|totals| OwnTotals {
            rows: totals.rows,
            agree: totals.differences.is_empty(),
            differences: totals.differences.iter().map(difference).collect(),
            unlisted: totals.unlisted,
        });
        Self {
            encoding: summary.encoding,
            sheet: summary.sheet.as_deref(),
            other_sheets: &summary.other_sheets,
            period: summary.period.map(|period| period.to_string()),
            rows_apart: Apart { title: apart.title, headers: apart.headers, totals: apart.totals, notes: apart.notes },
            own_totals,
        }
    }
}

fn difference(difference: &TotalDifference) -> Difference<'_> {
    Difference {
        line: difference.number,
        column: &difference.column,
        said: difference.said,
        section: difference.section,
        whole: difference.whole,
        unreadable: difference.unreadable,
    }
}
