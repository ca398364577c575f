//! A register in CSV.

use std::borrow::Cow;
use std::io::Read;

use encoding_rs::{Encoding, IBM866, KOI8_R, UTF_8, WINDOWS_1251};

use super::config::Delimiter;
use super::encoding::Decoded;
use super::error::{Fault, RegisterError};
use super::expect::Period;
use super::fields::Cell;
use super::header::{Found, find, normal};
use super::reason::Reason;
use super::records::{Record, Records, first_records};
use super::rules::Rules;
use super::summary::Summary;
use super::table::{MOST_TITLE_ROWS, Row, Table};
use super::tally::Each;

/// How much of the file is looked at before the delimiter is chosen. The header row stands within it.
const HEAD: usize = 64 << 10;

/// Reads a register in CSV: one record in memory, and the lines that are held back.
pub(super) fn read<R: Read>(
    text: Decoded<R>, delimiter: Delimiter, rules: &Rules, asked: Option<Period>, each: Each<'_>,
) -> Result<Summary, RegisterError> {
    let mut records = Records::new(text, rules.bounds.line_bytes);
    let delimiter = match delimiter {
        Delimiter::Semicolon => b';',
        Delimiter::Comma => b',',
        Delimiter::Tab => b'\t',
        Delimiter::Auto => choose(rules, records.head(HEAD)?),
    };
    records.delimiter(delimiter);
    let mut table = Table::new(rules, asked, None, each);
    let mut read = || -> Result<(), RegisterError> {
        while let Some(record) = records.next(table.width())? {
            table.row(record.line, &record)?;
        }
        table.end()
    };
    if let Err(mut error) = read() {
        if let Fault::NoHeader { likely, .. } = &mut error.fault {
            *likely = other_encoding(&table.title_text(), records.text().encoding(), rules);
        }
        return Err(error);
    }
    let text = records.into_text();
    let encoding = text.encoding().name();
    let (sha256, bytes) = text.finish()?;
    let summary = Summary::new(sha256, bytes, table.tally);
    Ok(Summary { encoding: Some(encoding), apart: table.apart, period: table.period, ..summary })
}

/// The delimiter with which some row is the header row, or has the most of its names.
fn choose(rules: &Rules, head: &str) -> u8 {
    let names = |delimiter: u8| {
        let found =
            first_records(head, delimiter, MOST_TITLE_ROWS).into_iter().map(|cells| match find(rules, &cells) {
                Found::Header(_) => usize::MAX,
                Found::Part(found, _) => found,
                Found::Nothing => 0,
            });
        found.max().unwrap_or_default()
    };
    let mut best = (b';', names(b';'));
    for delimiter in [b'\t', b','] {
        let found = names(delimiter);
        if found > best.1 {
            best = (delimiter, found);
        }
    }
    best.0
}

/// Says in which encoding the file would begin with the names of the columns.
fn other_encoding(title: &str, used: &'static Encoding, rules: &Rules) -> String {
    if used != WINDOWS_1251 {
        return String::new();
    }
    let (bytes, ..) = used.encode(title);
    let names: Vec<String> = rules.names.iter().flatten().map(|name| normal(name)).collect();
    let fits = |encoding: &&'static Encoding| {
        let (text, _) = encoding.decode_without_bom_handling(&bytes);
        let text = normal(&text);
        names.iter().any(|name| text.contains(name.as_str()))
    };
    match [UTF_8, IBM866, KOI8_R].iter().find(|encoding| fits(encoding)) {
        Some(encoding) => format!(" and looks like {}: save it in UTF-8", encoding.name()),
        None => String::new(),
    }
}

impl Row for Record<'_> {
    const WHOLE: bool = true;

    fn width(&self) -> usize {
        Record::width(self)
    }

    fn cell(&self, at: usize) -> Cell<'_> {
        match self.field(at) {
            None | Some("") => Cell::Empty,
            Some(text) => Cell::Text(text),
        }
    }

    fn shown(&self, at: usize) -> Cow<'_, str> {
        Cow::Borrowed(self.field(at).unwrap_or_default())
    }

    fn damage(&self) -> Option<(usize, Reason)> {
        self.unclosed().map(|at| (at, Reason::Unclosed))
    }

    fn text(&self) -> String {
        self.text.to_owned()
    }
}
