//! The result of a run as a file.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use reqwest::header::{CONTENT_DISPOSITION, HeaderMap};
use reqwest::{Method, Response};

use crate::admin::response;
use crate::place::Place;

/// What is written, and where.
#[derive(Args)]
pub(crate) struct Export {
    /// The number of the run.
    run: i64,
    /// What the file is.
    #[arg(long, default_value = "xlsx")]
    format: Format,
    /// A file, or a directory for a file with a name of its own; standard output when absent.
    #[arg(long, short)]
    out: Option<PathBuf>,
    #[command(flatten)]
    place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Breaks and sums as text.
    Csv,
    /// A workbook for a bookkeeper.
    Xlsx,
    /// Everything, for other programs.
    Json,
    /// The act of reconciliation, to be printed and signed.
    Pdf,
    /// Every break as it was found: the annex that the act names by its hash.
    Annex,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Json => "json",
            Self::Pdf => "pdf",
            Self::Annex => "annex",
        }
    }
}

pub(super) async fn run(wanted: &Export) -> anyhow::Result<()> {
    let Export { run, format, out, place } = wanted;
    let binary = matches!(format, Format::Xlsx | Format::Pdf);
    if out.is_none() && binary && std::io::stdout().is_terminal() {
        anyhow::bail!("{} is no text; write it into a file with --out", format.name());
    }
    let path = format!("/runs/{run}/export?format={}", format.name());
    let response = response(&place.admin, Method::GET, &path, None::<&()>).await?;
    let Some(out) = out else { return copy(response, &mut std::io::stdout()).await };
    let usual = || format!("run-{run}.{}", if *format == Format::Annex { "csv" } else { format.name() });
    let to = if out.is_dir() { out.join(name(response.headers()).unwrap_or_else(usual)) } else { out.clone() };
    save(response, &to).await?;
    println!("{}", to.display());
    Ok(())
}

/// Under another name until it is whole: what has the name was not cut off.
async fn save(response: Response, to: &Path) -> anyhow::Result<()> {
    let mut part = to.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let named = || part.display().to_string();
    let mut file = std::fs::File::create(&part).with_context(named)?;
    copy(response, &mut file).await?;
    file.sync_all().with_context(named)?;
    std::fs::rename(&part, to).with_context(|| to.display().to_string())
}

async fn copy(mut response: Response, to: &mut dyn Write) -> anyhow::Result<()> {
    while let Some(chunk) = response.chunk().await.context("the file was cut off")? {
        to.write_all(&chunk)?;
    }
    Ok(to.flush()?)
}

/// The name that the file is given, and no directory with it.
fn name(headers: &HeaderMap) -> Option<String> {
    let disposition = headers.get(CONTENT_DISPOSITION)?.to_str().ok()?;
    let (_, name) = disposition.split_once("filename=")?;
    let name = name.split(';').next()?.trim().trim_matches('"');
    Some(Path::new(name).file_name()?.to_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gets_the_name_that_it_is_given_and_stays_in_its_directory() {
        let of = |text: &str| name(&HeaderMap::from_iter([(CONTENT_DISPOSITION, text.parse().unwrap())]));
        let act = "akt-ural-polis-2026-11-01-2026-11-30-run-7.pdf";
        assert_eq!(of(&format!("attachment; filename=\"{act}\"")).as_deref(), Some(act));
        assert_eq!(of("attachment; filename=act.pdf; size=1").as_deref(), Some("act.pdf"));
        assert_eq!(of("attachment; filename=\"../../.profile\"").as_deref(), Some(".profile"));
        assert_eq!(of("attachment"), None);
        assert_eq!(of("attachment; filename=\"..\""), None);
    }
}
