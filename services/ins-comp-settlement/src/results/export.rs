//! The result of a run as a file. It is written whole before anything of it is sent: what cannot be written is an error and
//! never half a file, and whoever takes it slowly holds nothing but the file.

use std::io::{self, BufWriter, Seek, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::channel;
use tokio::task::spawn_blocking;

use super::error::ExportError;
use super::listed::{self, Pages};
use super::subject::Subject;
use super::{act, annex, csv, json, workbook};
use crate::runs::Run;
use crate::shared::Shared;

/// What the file is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Breaks as text, for spreadsheets.
    Csv,
    /// Totals and breaks with formulas, for bookkeepers.
    Xlsx,
    /// Everything, for programs.
    Json,
    /// The act of reconciliation, for print.
    Pdf,
    /// Every break as it was found: the annex that the act names by its hash.
    Annex,
}

impl Format {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv | Self::Annex => "text/csv; charset=utf-8; header=present",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Json => "application/json",
            Self::Pdf => "application/pdf",
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Csv | Self::Annex => "csv",
            Self::Xlsx => "xlsx",
            Self::Json => "json",
            Self::Pdf => "pdf",
        }
    }

    fn write(self, to: &mut (impl Write + Seek + Send), subject: &Subject, pages: Pages) -> Result<(), ExportError> {
        match self {
            Self::Csv => csv::write(to, pages),
            Self::Xlsx => workbook::write(to, subject, pages),
            Self::Json => json::write(to, &subject.run, pages),
            Self::Pdf => act::write(to, subject, pages),
            Self::Annex => annex::write(to, annex::of(pages)),
        }
    }
}

/// A file that has no name in any directory: it is gone when it is closed.
#[derive(Debug)]
pub struct Exported {
    /// What it is to be called.
    pub name: String,
    /// Its bytes, from the first.
    pub file: std::fs::File,
    /// How many.
    pub length: u64,
}

/// Writes the result of a run.
///
/// # Errors
/// When there is no result, or no file of it.
pub async fn export(shared: &Shared, run: i64, format: Format) -> Result<Exported, ExportError> {
    let subject = Subject::load(shared, run).await?;
    let name = name(&subject.run, format);
    let spool = shared.spool.clone();
    let (to, pages) = channel(1);
    let writing = spawn_blocking(move || write(&spool, &subject, format, Pages::new(pages)));
    let written = async { writing.await.unwrap_or_else(|panicked| std::panic::resume_unwind(panicked.into_panic())) };
    let read = async { Ok(listed::read(&shared.database, run, to).await?) };
    let ((), (file, length)) = tokio::try_join!(read, written)?;
    Ok(Exported { name, file, length })
}

fn write(spool: &Path, subject: &Subject, format: Format, pages: Pages) -> Result<(std::fs::File, u64), ExportError> {
    let full = |error: io::Error| ExportError::Spool(spool.display().to_string(), error);
    let begun = || {
        std::fs::create_dir_all(spool)?;
        tempfile::tempfile_in(spool)
    };
    let mut to = BufWriter::new(begun().map_err(full)?);
    format.write(&mut to, subject, pages)?;
    let mut file = to.into_inner().map_err(|error| full(error.into_error()))?;
    let length = file.stream_position().and_then(|length| file.rewind().map(|()| length)).map_err(full)?;
    Ok((file, length))
}

/// `akt-ural-polis-2026-11-01-2026-11-30-run-7.pdf`
pub(super) fn name(run: &Run, format: Format) -> String {
    let Run { id, insurer_id, period_from, period_to, .. } = run;
    let what = match format {
        Format::Pdf => "akt",
        Format::Annex => "prilozhenie",
        Format::Csv | Format::Xlsx | Format::Json => "sverka",
    };
    format!("{what}-{insurer_id}-{period_from}-{period_to}-run-{id}.{}", format.ending())
}
