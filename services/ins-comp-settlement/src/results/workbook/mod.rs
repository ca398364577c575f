//! A result as a workbook for bookkeepers (Office Open XML): totals whose sums are formulas over the breaks, with checks that show
//! zero while everything adds up, and the breaks on sheets of their own. Breaks go to the disk as they come.

mod breaks;
mod formats;
mod page;
mod reason;
mod totals;

use std::io::{Seek, Write};

use jiff::tz::Offset;
use rust_xlsxwriter::{DocProperties, Workbook, XlsxError};

use super::error::ExportError;
use super::listed::Listed;
use super::subject::Subject;
use breaks::Sheets;
use formats::Formats;

/// The first sheet.
const TOTALS: &str = "Итоги";
/// The number of A4 among sizes of paper.
const A4: u8 = 9;

/// The whole workbook. What is written of it to the disk meanwhile lies where the system keeps what is temporary.
pub(super) fn write(
    to: &mut (impl Write + Seek + Send), subject: &Subject, breaks: impl Iterator<Item = Listed>,
) -> Result<(), ExportError> {
    build(to, subject, breaks).map_err(ExportError::content)
}

fn build(
    to: &mut (impl Write + Seek + Send), subject: &Subject, breaks: impl Iterator<Item = Listed>,
) -> Result<(), XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(subject)?);
    workbook.add_worksheet().set_name(TOTALS)?;
    let formats = Formats::new();
    let mut sheets = Sheets::default();
    breaks::write(&mut workbook, &mut sheets, &formats, breaks)?;
    totals::write(workbook.worksheet_from_index(0)?, subject, &sheets, &formats)?;
    workbook.save_to_writer(to)
}

/// The time is that of the result, not of its export: the same result is the same file.
fn properties(subject: &Subject) -> Result<DocProperties, XlsxError> {
    let run = &subject.run;
    let title = format!("Сверка № {}: {}, {}–{}", run.id, subject.insurer.legal_name, run.period_from, run.period_to);
    let properties = DocProperties::new().set_title(title).set_author(&subject.us.legal_name);
    Ok(match run.finished_at {
        Some(finished) => properties.set_creation_datetime(&Offset::UTC.to_datetime(finished)),
        None => properties,
    })
}

#[cfg(test)]
#[path = "../tests/workbook.rs"]
mod tests;
