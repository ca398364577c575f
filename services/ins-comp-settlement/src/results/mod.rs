//! What came of a run, for those who want it elsewhere: [`compare`]d with an earlier one, and [`export`]ed as a file for a program
//! ([`json`]), a spreadsheet ([`csv`], [`workbook`]) or for signing ([`act`], with its [`annex`]).

mod act;
mod annex;
mod compare;
mod csv;
mod error;
mod export;
mod json;
mod listed;
mod names;
mod parties;
mod subject;
mod workbook;

#[cfg(test)]
#[path = "tests/samples.rs"]
mod samples;

pub use compare::{Changed, CompareError, Comparison, compare};
pub use error::ExportError;
pub use export::{Exported, Format, export};
pub use listed::Listed;
pub use parties::Party;
