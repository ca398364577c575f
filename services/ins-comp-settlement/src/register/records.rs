//! The records of CSV (RFC 4180, with the delimiters that people use), one at a time from a stream.
//!
//! Readers that follow the RFC to the letter hold a record of any size, and a quotation mark that is never closed makes
//! them take all lines behind it for one record. Here a record has a bound, and such a mark costs its own line, which is
//! damaged; the next line is read as if nothing had been.

use std::io::Read;

use super::encoding::Decoded;
use super::error::{Fault, RegisterError};

/// Records of a text.
pub(super) struct Records<R> {
    text: Decoded<R>,
    buffer: String,
    /// Where the next record begins.
    at: usize,
    /// Its line, from one.
    line: u64,
    ended: bool,
    delimiter: u8,
    most: usize,
    split: Split,
}

/// One record.
pub(super) struct Record<'a> {
    pub(super) line: u64,
    pub(super) text: &'a str,
    split: &'a Split,
}

/// The fields of a record, found.
#[derive(Debug, Default)]
pub(super) struct Split {
    fields: Vec<Span>,
    /// Fields with doubled quotation marks, without the doubling.
    unescaped: String,
    /// The field with a quotation mark that is never closed.
    unclosed: Option<usize>,
}

/// Part of the record, or of the unescaped text.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: usize,
    to: usize,
    unescaped: bool,
}

/// What comes first behind a place in the text.
enum End {
    /// The field ends here, and another begins behind the delimiter.
    Field(usize),
    /// The record ends here; the next begins there, so many lines further.
    Record(usize, usize),
    /// The text ends before it is clear.
    Unclear,
}

impl<R: Read> Records<R> {
    /// Records between these delimiters, none of them larger than so many bytes.
    pub(super) fn new(text: Decoded<R>, most: usize) -> Self {
        let (buffer, split) = (String::new(), Split::default());
        Self { text, buffer, at: 0, line: 1, ended: false, delimiter: b';', most, split }
    }

    pub(super) fn delimiter(&mut self, delimiter: u8) {
        self.delimiter = delimiter;
    }

    /// The beginning of the text, while no record has been taken.
    pub(super) fn head(&mut self, least: usize) -> Result<&str, RegisterError> {
        while !self.ended && self.buffer.len() < least {
            self.ended = !self.text.more(&mut self.buffer)?;
        }
        Ok(&self.buffer)
    }

    /// The next record. A table of this width is known not to have a whole line inside of a field.
    pub(super) fn next(&mut self, width: Option<usize>) -> Result<Option<Record<'_>>, RegisterError> {
        let (end, next, lines) = loop {
            // A record that is too large is split as if the text ended there: a mark that is not closed is found out.
            let whole = self.ended || self.buffer.len() - self.at > self.most;
            if let Some(found) = self.split.record(&self.buffer[self.at..], self.delimiter, whole, width) {
                break found;
            }
            if self.ended && self.at == self.buffer.len() {
                return Ok(None);
            }
            self.buffer.drain(..self.at);
            self.at = 0;
            self.ended = !self.text.more(&mut self.buffer)?;
        };
        if end > self.most {
            let fault = Fault::TooLarge { what: "one line", most: self.most as u64, key: "line_bytes" };
            return Err(RegisterError::from(fault).on_line(self.line));
        }
        let (from, line) = (self.at, self.line);
        self.at += next;
        self.line += lines as u64;
        Ok(Some(Record { line, text: &self.buffer[from..from + end], split: &self.split }))
    }

    pub(super) fn into_text(self) -> Decoded<R> {
        self.text
    }

    pub(super) fn text(&self) -> &Decoded<R> {
        &self.text
    }
}

impl Record<'_> {
    pub(super) fn width(&self) -> usize {
        self.split.fields.len()
    }

    pub(super) fn field(&self, at: usize) -> Option<&str> {
        let span = self.split.fields.get(at)?;
        Some(if span.unescaped { &self.split.unescaped[span.from..span.to] } else { &self.text[span.from..span.to] })
    }

    pub(super) fn unclosed(&self) -> Option<usize> {
        self.split.unclosed
    }
}

impl Split {
    /// The record at the beginning of a text: where it ends, where the next one begins, and how many lines further that
    /// is. None when the text ends before the record does, and is not whole.
    fn record(
        &mut self, text: &str, delimiter: u8, whole: bool, width: Option<usize>,
    ) -> Option<(usize, usize, usize)> {
        self.fields.clear();
        self.unescaped.clear();
        self.unclosed = None;
        if text.is_empty() {
            return None;
        }
        let bytes = text.as_bytes();
        let (mut at, mut lines) = (0, 0);
        loop {
            let quoted =
                if bytes.get(at) == Some(&b'"') { self.quoted(text, at, delimiter, whole, width) } else { Err(false) };
            let (end, inside) = match quoted {
                Ok((end, inside)) => (end, inside),
                Err(unclosed) => {
                    if unclosed {
                        self.unclosed.get_or_insert(self.fields.len());
                    }
                    (self.plain(bytes, at, delimiter, whole), 0)
                }
            };
            lines += inside;
            match end {
                End::Field(next) => at = next,
                End::Record(end, next) => {
                    // The last line may end without a line break.
                    return Some((end, next, lines + usize::from(next > end)));
                }
                End::Unclear => return None,
            }
        }
    }

    fn plain(&mut self, bytes: &[u8], from: usize, delimiter: u8, whole: bool) -> End {
        let end = bytes[from..].iter().position(|&byte| byte == delimiter || byte == b'\n').map(|length| from + length);
        let to = match end {
            None if whole => bytes.len(),
            None => return End::Unclear,
            Some(end) if bytes[end] == b'\n' && end > from && bytes[end - 1] == b'\r' => end - 1,
            Some(end) => end,
        };
        self.fields.push(Span { from, to, unescaped: false });
        match end {
            Some(end) if bytes[end] == delimiter => End::Field(end + 1),
            Some(end) => End::Record(to, end + 1),
            None => End::Record(to, to),
        }
    }

    /// A field in quotation marks, and how many lines it goes on. An error when it is none after all: true when the mark
    /// was meant as one and is never closed.
    fn quoted(
        &mut self, text: &str, from: usize, delimiter: u8, whole: bool, width: Option<usize>,
    ) -> Result<(End, usize), bool> {
        let bytes = text.as_bytes();
        let (mut at, mut doubled, mut lines, mut delimiters) = (from + 1, false, 0, 0);
        loop {
            match bytes.get(at) {
                None if whole => return Err(true),
                None => return Ok((End::Unclear, 0)),
                Some(b'"') if bytes.get(at + 1) == Some(&b'"') => {
                    doubled = true;
                    at += 1;
                }
                Some(b'"') => break,
                Some(b'\n') => lines += 1,
                Some(&byte) if byte == delimiter => delimiters += 1,
                Some(_) => {}
            }
            at += 1;
        }
        // A field that holds as many delimiters as a line has, and a line break, has swallowed a line.
        if lines > 0 && width.is_some_and(|width| width > 2 && delimiters + 1 >= width) {
            return Err(true);
        }
        let end = match (bytes.get(at + 1), bytes.get(at + 2)) {
            (None, _) | (Some(b'\r'), None) if !whole => return Ok((End::Unclear, 0)),
            (None, _) => End::Record(at + 1, at + 1),
            (Some(b'\n'), _) => End::Record(at + 1, at + 2),
            (Some(b'\r'), Some(b'\n')) => End::Record(at + 1, at + 3),
            (Some(b'\r'), None) => End::Record(at + 1, at + 2),
            (Some(&byte), _) if byte == delimiter => End::Field(at + 2),
            // The text goes on behind the closing mark: on one line it is taken as it stands, over several it was never
            // meant to be closed there.
            _ => return Err(lines > 0),
        };
        if doubled {
            let start = self.unescaped.len();
            self.unescaped.push_str(&text[from + 1..at].replace("\"\"", "\""));
            self.fields.push(Span { from: start, to: self.unescaped.len(), unescaped: true });
        } else {
            self.fields.push(Span { from: from + 1, to: at, unescaped: false });
        }
        Ok((end, lines))
    }
}

/// The first records of a text, for those who must look before they choose. The last one may be cut.
pub(super) fn first_records(head: &str, delimiter: u8, most: usize) -> Vec<Vec<String>> {
    let (mut split, mut at, mut records) = (Split::default(), 0, Vec::new());
    while records.len() < most
        && let Some((end, next, _)) = split.record(&head[at..], delimiter, true, None)
    {
        let record = Record { line: 0, text: &head[at..at + end], split: &split };
        records.push((0..record.width()).filter_map(|field| record.field(field)).map(str::to_owned).collect());
        at += next;
    }
    records
}

#[cfg(test)]
#[path = "tests/records.rs"]
mod tests;
