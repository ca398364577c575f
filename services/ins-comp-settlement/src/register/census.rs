//! What the bytes of a register show of its encoding.

use encoding_rs::Encoding;

/// What a block shows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Census {
    /// Letters above 127 that are whole in UTF-8.
    pub(super) whole: usize,
    /// Of these, U+FFFD.
    pub(super) lost: usize,
    /// Bytes that are nothing in UTF-8.
    pub(super) broken: usize,
    /// Where the first of these is.
    pub(super) first_broken: usize,
}

impl Census {
    pub(super) fn of(mut bytes: &[u8]) -> Self {
        let (mut census, mut offset) = (Self::default(), 0);
        loop {
            let (valid, broken) = match std::str::from_utf8(bytes) {
                Ok(text) => (text, None),
                // A letter that the end of the block cuts is neither whole nor broken.
                Err(error) => {
                    (std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(), error.error_len())
                }
            };
            for letter in valid.chars().filter(|letter| !letter.is_ascii()) {
                census.whole += 1;
                census.lost += usize::from(letter == char::REPLACEMENT_CHARACTER);
            }
            let Some(length) = broken else { return census };
            if census.broken == 0 {
                census.first_broken = offset + valid.len();
            }
            census.broken += length;
            offset += valid.len() + length;
            bytes = &bytes[valid.len() + length..];
        }
    }
}

impl Census {
    /// Whether the letters are those of UTF-8 rather than of an encoding with one byte for a letter.
    pub(super) fn is_utf_8(&self) -> bool {
        self.whole > self.broken
    }
}

/// The encoding of an XML declaration.
pub(super) fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    let declaration = head.strip_prefix("<?xml")?.split("?>").next()?.to_owned();
    let (_, value) = declaration.split_once("encoding")?;
    let label = value.trim_start().strip_prefix('=')?.trim_start();
    let label = label.trim_matches(['"', '\'']).split(['"', '\'']).next()?;
    Encoding::for_label(label.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_that_the_block_cuts_counts_for_nothing() {
        let text = "ключ".as_bytes();
        assert_eq!(Census::of(text), Census { whole: 4, ..Census::default() });
        assert_eq!(Census::of(&text[..7]), Census { whole: 3, ..Census::default() });
        assert_eq!(Census::of(b"ab\xFFc\xFE"), Census { broken: 2, first_broken: 2, ..Census::default() });
    }
}
