//! The archive that a workbook is, looked at before anything unpacks it for use.
//!
//! The directory of the archive is added up: a bomb that says what it is costs nothing. What a directory says need not be
//! true, but a part that grows beyond it is an error while it is unpacked; the tests hold the archive's reader to that.

use std::io::{Read, Seek};

use zip::ZipArchive;
use zip::read::ZipFile;

use super::config::BoundsConfig;
use super::error::{Fault, RegisterError};

/// Workbooks have dozens.
const MOST_PARTS: usize = 10_000;

/// A small part may be all blanks; only a large one can do harm.
const RATIO_COUNTS_FROM: u64 = 1 << 20;

/// Refuses an archive that would be too large unpacked.
pub(super) fn check<R: Read + Seek>(source: R, bounds: &BoundsConfig) -> Result<(), RegisterError> {
    let mut archive = ZipArchive::new(source).map_err(|error| broken(&error))?;
    let parts = archive.len();
    if parts > MOST_PARTS {
        return Err(Fault::Unsafe { what: format!("an archive of {parts} parts") }.into());
    }
    let (mut unpacked, mut held, mut texts) = (0_u64, 0_u64, Vec::new());
    for at in 0..parts {
        let part = archive.by_index_raw(at).map_err(|error| broken(&error))?;
        let (size, packed, sheet) = (part.size(), part.compressed_size(), is_sheet(&part));
        if size > RATIO_COUNTS_FROM && size / packed.max(1) > bounds.unpacked_ratio {
            let times = size / packed.max(1);
            let what = format!(
                "the part {:?} unpacks to {times} times its size, more than bounds.unpacked_ratio allows",
                name(&part)
            );
            return Err(Fault::Unsafe { what }.into());
        }
        unpacked = unpacked.saturating_add(size);
        held = held.saturating_add(if sheet { 0 } else { size });
        if name(&part).to_lowercase().ends_with("sharedstrings.xml") {
            texts.push(at);
        }
    }
    if unpacked > bounds.unpacked_bytes {
        let most = bounds.unpacked_bytes;
        return Err(Fault::TooLarge { what: "the workbook, unpacked,", most, key: "unpacked_bytes" }.into());
    }
    if held > bounds.held_bytes {
        let most = bounds.held_bytes;
        return Err(Fault::TooLarge { what: "the workbook without its sheets", most, key: "held_bytes" }.into());
    }
    for at in texts {
        check_count(archive.by_index(at).map_err(|error| broken(&error))?)?;
    }
    Ok(())
}

/// The reader of workbooks makes room for as many texts as the part says it has, before it has seen one.
fn check_count<R: Read>(mut part: ZipFile<'_, R>) -> Result<(), RegisterError> {
    let (size, name) = (part.size(), name(&part));
    let mut begin = Vec::new();
    let failed = |error| RegisterError::malformed(format!("the part {name:?} does not unpack: {error}"));
    part.by_ref().take(BEGIN).read_to_end(&mut begin).map_err(failed)?;
    match said_count(&begin) {
        Some(count) if count > size / SHORTEST_TEXT => {
            let what = format!("the part {name:?} of {size} bytes says that it has {count} texts");
            Err(Fault::Unsafe { what }.into())
        }
        _ => Ok(()),
    }
}

const BEGIN: u64 = 4096;

/// `<si/>`
const SHORTEST_TEXT: u64 = 5;

fn said_count(begin: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(begin);
    let (_, value) = text.split_once("uniqueCount")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let digits = value.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(value.len());
    value[..digits].parse().ok()
}

fn is_sheet<R: Read>(part: &ZipFile<'_, R>) -> bool {
    let name = name(part).to_lowercase();
    let held = ["sharedstrings.xml", "styles.xml", "workbook.xml", ".rels"];
    name.contains("worksheets/") && !held.iter().any(|end| name.ends_with(end))
}

fn name<R: Read>(part: &ZipFile<'_, R>) -> String {
    part.name().map_or_else(|_| "?".to_owned(), |name| name.to_string())
}

fn broken(error: &zip::result::ZipError) -> RegisterError {
    RegisterError::malformed(format!("the workbook is not a whole archive: {error}"))
}
