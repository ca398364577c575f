//! The letters of a register, as UTF-8, without ever holding the file.
//!
//! `auto` is decided by a byte order mark, then by the declaration of XML, then by the first block that has a byte
//! above 127: up to there both encodings say the same. In UTF-8 a Russian letter is two bytes that only fit together;
//! text in windows-1251 practically never looks like that, and text in UTF-8 always does. So whichever is the majority
//! in that block is the encoding, and a single damaged letter does not turn the file into the other one. A configured
//! encoding is held against the same count, and a file in the other one is refused rather than read as nonsense.
//! A damaged letter further on becomes U+FFFD, and its line is unreadable where that letter matters.

use std::cell::Cell;
use std::io::{BufRead, Error, Read};
use std::rc::Rc;

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251};

use super::census::{Census, declared};
use super::config::EncodingChoice;
use super::error::{Fault, RegisterError};
use super::kind::must_be_text;
use super::source::{ContentHash, Source};

const BLOCK: usize = 64 << 10;

/// A source as text.
pub(super) struct Decoded<R> {
    source: Source<R>,
    choice: EncodingChoice,
    decoder: Option<Decoder>,
    /// Bytes that are not decoded yet, from `at`.
    raw: Vec<u8>,
    begun: bool,
    /// The source has no more.
    drained: bool,
    ended: bool,
    /// Ends of lines before `raw`, and bytes behind the last of them, while the encoding is undecided.
    lines: u64,
    along: usize,
    /// Text for those who read it as bytes, from `taken`.
    out: String,
    taken: usize,
    /// Why reading as bytes failed: the error type of a parser has no room for it.
    refused: Option<RegisterError>,
    /// Bytes given to a parser since its last item, and how many there may be.
    since_item: Rc<Cell<usize>>,
    most_since_item: usize,
    newlines: Rc<Cell<u64>>,
}

impl<R: Read> Decoded<R> {
    /// The text of a source. A parser gets at most `most_since_item` bytes between two items.
    pub(super) fn new(source: Source<R>, choice: EncodingChoice, most_since_item: usize) -> Self {
        Self {
            source,
            choice,
            decoder: None,
            raw: Vec::new(),
            begun: false,
            drained: false,
            ended: false,
            lines: 0,
            along: 0,
            out: String::new(),
            taken: 0,
            refused: None,
            since_item: Rc::default(),
            most_since_item,
            newlines: Rc::default(),
        }
    }

    /// Appends more of the text; false at the end. Appending nothing is not the end.
    pub(super) fn more(&mut self, text: &mut String) -> Result<bool, RegisterError> {
        if self.ended {
            return Ok(false);
        }
        self.fill()?;
        if !self.begun {
            self.begin()?;
        }
        if self.decoder.is_none() {
            let plain = self.raw.iter().position(|byte| !byte.is_ascii()).unwrap_or(self.raw.len());
            if self.raw[..plain].contains(&0) {
                let line = self.lines + 1;
                let found = "it has zero bytes, as text in UTF-16 or no text at all".to_owned();
                return Err(RegisterError::from(Fault::Encoding { expected: "text", found }).on_line(line));
            }
            if plain > 0 || self.raw.is_empty() {
                text.push_str(std::str::from_utf8(&self.raw[..plain]).unwrap_or_default());
                self.pass(plain);
                self.ended = self.drained && self.raw.is_empty();
                return Ok(!self.ended);
            }
            self.decide()?;
        }
        let Some(decoder) = &mut self.decoder else { return Ok(!self.ended) };
        let mut from = 0;
        loop {
            text.reserve(decoder.max_utf8_buffer_length(self.raw.len() - from).unwrap_or(BLOCK));
            let (result, read, _) = decoder.decode_to_string(&self.raw[from..], text, self.drained);
            from += read;
            if result == CoderResult::InputEmpty {
                break;
            }
        }
        self.raw.clear();
        self.ended = self.drained;
        Ok(!self.ended)
    }

    fn pass(&mut self, plain: usize) {
        let passed = &self.raw[..plain];
        self.lines += passed.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.along = match passed.iter().rposition(|&byte| byte == b'\n') {
            Some(newline) => plain - newline - 1,
            None => self.along + plain,
        };
        self.raw.drain(..plain);
    }

    /// A whole block, as long as there is one: the decision must not rest on the few bytes a socket gave.
    fn fill(&mut self) -> Result<(), RegisterError> {
        let mut have = self.raw.len();
        self.raw.resize(BLOCK.max(have + 1), 0);
        while have < self.raw.len() && !self.drained {
            let read = self.source.block(&mut self.raw[have..])?;
            self.drained = read == 0;
            have += read;
        }
        self.raw.truncate(have);
        Ok(())
    }

    fn begin(&mut self) -> Result<(), RegisterError> {
        self.begun = true;
        if self.raw.iter().all(u8::is_ascii_whitespace) && self.drained {
            return Err(Fault::Empty.into());
        }
        must_be_text(&self.raw)?;
        if let Some((encoding, length)) = Encoding::for_bom(&self.raw) {
            self.raw.drain(..length);
            if self.raw.is_empty() && self.drained {
                return Err(Fault::Empty.into());
            }
            self.decoder = Some(encoding.new_decoder_without_bom_handling());
        } else if self.choice == EncodingChoice::Auto
            && let Some(declared) = declared(&self.raw)
            && ![UTF_8, WINDOWS_1251, UTF_16LE, UTF_16BE].contains(&declared)
        {
            self.decoder = Some(declared.new_decoder_without_bom_handling());
        }
        Ok(())
    }

    fn decide(&mut self) -> Result<(), RegisterError> {
        let census = Census::of(&self.raw);
        let looks_like_utf_8 = census.is_utf_8();
        let encoding = match self.choice {
            EncodingChoice::Auto if looks_like_utf_8 => UTF_8,
            EncodingChoice::Auto if census.broken > 0 => WINDOWS_1251,
            EncodingChoice::Auto => UTF_8,
            EncodingChoice::Utf8 if looks_like_utf_8 || census.broken == 0 => UTF_8,
            EncodingChoice::Utf8 => {
                let byte = self.raw[census.first_broken];
                let found = format!("the byte {byte:#04x} stands there, as in windows-1251");
                return Err(self.wrong(census.first_broken, "UTF-8", found));
            }
            // Two letters that fit by chance are not rare enough; three and none broken are.
            EncodingChoice::Windows1251 if looks_like_utf_8 && census.whole > 2 => {
                let found = format!("{} letters are whole in UTF-8", census.whole);
                return Err(self.wrong(0, "windows-1251", found));
            }
            EncodingChoice::Windows1251 => WINDOWS_1251,
        };
        if encoding == UTF_8 && census.lost * 2 > census.whole {
            return Err(RegisterError::from(Fault::Lost).on_line(self.lines + 1));
        }
        self.decoder = Some(encoding.new_decoder_without_bom_handling());
        Ok(())
    }

    fn wrong(&self, at: usize, expected: &'static str, found: String) -> RegisterError {
        let before = &self.raw[..at];
        let lines = before.iter().filter(|&&byte| byte == b'\n').count() as u64;
        let along = match before.iter().rposition(|&byte| byte == b'\n') {
            Some(newline) => at - newline,
            None => self.along + at + 1,
        };
        let error = RegisterError::from(Fault::Encoding { expected, found });
        error.on_line(self.lines + lines + 1).in_column(format!("at byte {along}"))
    }

    /// The encoding that is used; UTF-8 while it does not matter.
    pub(super) fn encoding(&self) -> &'static Encoding {
        self.decoder.as_ref().map_or(UTF_8, |decoder| decoder.encoding())
    }

    /// Reads to the end.
    pub(super) fn finish(self) -> Result<(ContentHash, u64), Fault> {
        self.source.finish()
    }

    /// Why a parser could not go on, when that was not its own fault.
    pub(super) fn refused(&mut self) -> Option<RegisterError> {
        self.refused.take()
    }

    /// To be set to zero after each item.
    pub(super) fn since_item(&self) -> Rc<Cell<usize>> {
        self.since_item.clone()
    }

    /// How many ends of lines a parser was given.
    pub(super) fn newlines(&self) -> Rc<Cell<u64>> {
        self.newlines.clone()
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let have = self.fill_buf()?;
        let length = have.len().min(into.len());
        into[..length].copy_from_slice(&have[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl<R: Read> BufRead for Decoded<R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.taken == self.out.len() {
            self.out.clear();
            self.taken = 0;
            let mut out = std::mem::take(&mut self.out);
            while out.is_empty() {
                match self.more(&mut out) {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        self.refused = Some(error);
                        return Err(Error::other("refused"));
                    }
                }
            }
            self.out = out;
        }
        if self.since_item.get() > self.most_since_item {
            let most = self.most_since_item as u64;
            self.refused = Some(Fault::TooLarge { what: "one line", most, key: "line_bytes" }.into());
            return Err(Error::other("refused"));
        }
        Ok(&self.out.as_bytes()[self.taken..])
    }

    fn consume(&mut self, amount: usize) {
        let given = &self.out.as_bytes()[self.taken..self.taken + amount];
        let newlines = given.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.newlines.set(self.newlines.get() + newlines);
        self.taken += amount;
        self.since_item.set(self.since_item.get() + amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8], choice: EncodingChoice) -> Result<(String, &'static str), String> {
        let mut decoded = Decoded::new(Source::new(bytes, 1 << 30), choice, 1 << 20);
        let mut text = String::new();
        while decoded.more(&mut text).map_err(|error| error.to_string())? {}
        Ok((text, decoded.encoding().name()))
    }

    fn cp1251(text: &str) -> Vec<u8> {
        WINDOWS_1251.encode(text).0.into_owned()
    }

    #[test]
    fn letters_are_what_the_majority_of_them_is() {
        use EncodingChoice::{Auto, Utf8, Windows1251};
        let long = format!("{}\nПолис;Премия", "number;premium\n".repeat(10_000));
        let damaged = [b"\xD0".as_slice(), "Полис".as_bytes()].concat();
        let utf_16: Vec<u8> = "\u{feff}Полис".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let declared = [b"<?xml encoding='koi8-r'?>".as_slice(), b"\xF0"].concat();
        let cases: [(&[u8], EncodingChoice, &str, &str); 9] = [
            (b"plain", Auto, "plain", "UTF-8"),
            ("Полис №".as_bytes(), Auto, "Полис №", "UTF-8"),
            (&cp1251("Полис №"), Auto, "Полис №", "windows-1251"),
            (&cp1251(&long), Auto, &long, "windows-1251"),
            (long.as_bytes(), Utf8, &long, "UTF-8"),
            (&cp1251("Полис"), Windows1251, "Полис", "windows-1251"),
            (&damaged, Auto, "\u{FFFD}Полис", "UTF-8"),
            (&utf_16, Auto, "Полис", "UTF-16LE"),
            (&declared, Auto, "<?xml encoding='koi8-r'?>П", "KOI8-R"),
        ];
        for (bytes, choice, text, encoding) in cases {
            let expected = Ok((text.to_owned(), encoding));
            assert!(decode(bytes, choice) == expected, "{encoding}: {:.100}", format!("{:?}", decode(bytes, choice)));
        }
    }

    #[test]
    fn a_file_in_the_other_encoding_is_refused_with_its_place() {
        let error = decode(&cp1251("a\nbc Полис"), EncodingChoice::Utf8).unwrap_err();
        assert!(error.contains("line 2, column at byte 4"), "{error}");
        assert!(error.contains("windows-1251"), "{error}");
        let error = decode("Полис".as_bytes(), EncodingChoice::Windows1251).unwrap_err();
        assert!(error.contains("UTF-8"), "{error}");
        assert!(
            decode("Пол \u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}".as_bytes(), EncodingChoice::Auto)
                .unwrap_err()
                .contains("lost")
        );
        assert!(decode(b"P\0o\0", EncodingChoice::Auto).unwrap_err().contains("zero bytes"));
        assert!(decode(b" \r\n ", EncodingChoice::Auto).unwrap_err().contains("empty"));
        assert!(decode(b"", EncodingChoice::Auto).unwrap_err().contains("empty"));
        assert!(decode("\u{feff}".as_bytes(), EncodingChoice::Auto).unwrap_err().contains("empty"));
    }
}
