//! What a file is, by its first bytes, when it is not what it is called.

use super::error::Fault;

/// Refuses a workbook, an archive and a web page where text is expected.
pub(super) fn must_be_text(begin: &[u8]) -> Result<(), Fault> {
    let text = String::from_utf8_lossy(begin.get(..64).unwrap_or(begin)).trim_start().to_lowercase();
    let (found, todo) = if begin.starts_with(b"PK\x03\x04") {
        ("a workbook or a ZIP archive", "set format to xlsx, or unpack the archive")
    } else if begin.starts_with(OLD_WORKBOOK) {
        OLD
    } else if begin.starts_with(b"%PDF") {
        ("a PDF", "ask the insurer for CSV or XLSX")
    } else if begin.starts_with(b"\x1F\x8B") {
        ("a gzip archive", "unpack it")
    } else if text.starts_with("<!doctype html") || text.starts_with("<html") {
        ("a web page, perhaps of a portal that wants a login", "open the address in a browser, then mend it")
    } else {
        return Ok(());
    };
    Err(Fault::OtherFormat { found, expected: "text", todo })
}

/// Refuses what is no workbook of today.
pub(super) fn must_be_workbook(begin: &[u8]) -> Result<(), Fault> {
    let (found, todo) = match begin {
        [] => return Err(Fault::Empty),
        [b'P', b'K', 3, 4, ..] => return Ok(()),
        old if old.starts_with(OLD_WORKBOOK) => OLD,
        _ => ("no workbook", "set format to what it is, csv perhaps, or ask for the file again"),
    };
    Err(Fault::OtherFormat { found, expected: "xlsx", todo })
}

const OLD_WORKBOOK: &[u8] = b"\xD0\xCF\x11\xE0";
const OLD: (&str, &str) = ("an old workbook (XLS), or one with a password", "save it as XLSX without a password");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_first_bytes() {
        let text: [(&[u8], &str); 6] = [
            (b"PK\x03\x04", "set format to xlsx"),
            (b"\xD0\xCF\x11\xE0\xA1", "without a password"),
            (b"%PDF-1.7", "PDF"),
            (b"\x1F\x8B\x08", "unpack"),
            (b"  <!DOCTYPE html>", "web page"),
            (b"a;b", ""),
        ];
        for (begin, expected) in text {
            let said = must_be_text(begin).map_or_else(|fault| fault.to_string(), |()| String::new());
            assert!(said.contains(expected) && said.is_empty() == expected.is_empty(), "{begin:?}: {said}");
        }
        assert!(must_be_workbook(b"PK\x03\x04").is_ok());
        assert!(must_be_workbook(b"a;b").unwrap_err().to_string().contains("no workbook"));
        assert!(must_be_workbook(b"").unwrap_err().to_string().contains("empty"));
    }
}
