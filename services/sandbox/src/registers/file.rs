//! The file of a register, with what is wrong with it as a whole.

use encoding_rs::{IBM866, WINDOWS_1251};
use thiserror::Error;

use super::order::FileFault;
use super::statement::Statement;
use super::terms::Form;
use super::{csv, json, workbook, xml};

/// A file.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content: &'static str,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Why there is none.
#[derive(Debug, Error)]
pub enum FileError {
    /// The fault is of tables and this is none, or of texts.
    #[error("a register in {0:?} cannot have this fault")]
    Unfit(Form),
    /// The workbook cannot be made.
    #[error("the workbook cannot be written: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The document cannot be made.
    #[error("the document cannot be written: {0}")]
    Json(#[from] serde_json::Error),
}

impl Form {
    /// Where the first line of a register stands in its file, as lines of such files are counted.
    pub fn first_line(self) -> u64 {
        match self {
            Self::Csv | Self::CsvWindows1251 => csv::FIRST_LINE,
            Self::Xlsx => workbook::FIRST_LINE,
            // By their place in the list.
            Self::Json | Self::Xml => 1,
        }
    }

    fn can_have(self, fault: FileFault) -> bool {
        match fault {
            FileFault::Shifted => matches!(self, Self::Csv | Self::CsvWindows1251 | Self::Xlsx),
            FileFault::WrongEncoding => self != Self::Xlsx,
            _ => true,
        }
    }
}

/// Writes a register.
///
/// # Errors
/// When this form cannot have the fault, or cannot be written.
pub fn file(statement: &Statement, fault: Option<FileFault>) -> Result<File, FileError> {
    let form = statement.form;
    if fault.is_some_and(|fault| !form.can_have(fault)) {
        return Err(FileError::Unfit(form));
    }
    let misspelt = fault == Some(FileFault::WrongEncoding);
    let (extension, content, mut bytes) = match form {
        Form::Csv | Form::CsvWindows1251 => {
            let text = csv::csv(statement, fault);
            let bytes = match form {
                _ if misspelt => IBM866.encode(&text).0.into_owned(),
                Form::CsvWindows1251 => WINDOWS_1251.encode(&text).0.into_owned(),
                _ => text.into_bytes(),
            };
            ("csv", "text/csv", bytes)
        }
        Form::Xlsx => {
            let content = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
            ("xlsx", content, workbook::xlsx(statement, fault)?)
        }
        Form::Json => ("json", "application/json; charset=utf-8", spelt(json::json(statement, fault)?, misspelt)),
        Form::Xml => ("xml", "application/xml", spelt(xml::xml(statement, fault), misspelt)),
    };
    match fault {
        Some(FileFault::Truncated) => truncate(&mut bytes),
        Some(FileFault::Html) => bytes = "<!doctype html><html><body>Войдите в личный кабинет</body></html>".into(),
        _ => {}
    }
    let content = if fault == Some(FileFault::Html) { "text/html; charset=utf-8" } else { content };
    let Statement { insurer, period, .. } = statement;
    let name = format!("reestr-{insurer}-{}-{}.{extension}", period.from, period.to);
    Ok(File { name, content, bytes })
}

/// The bytes of a text; misspelt, in UTF-16 that does not say so.
fn spelt(text: String, misspelt: bool) -> Vec<u8> {
    if misspelt { text.encode_utf16().flat_map(u16::to_le_bytes).collect() } else { text.into_bytes() }
}

/// Somewhere behind the middle, and in the middle of a line.
fn truncate(bytes: &mut Vec<u8>) {
    let newline = |byte: &u8| *byte == b'\n';
    let about = bytes.len() * 3 / 5;
    let start = bytes[..about].iter().rposition(newline).map_or(0, |at| at + 1);
    let length = bytes[start..].iter().position(newline).unwrap_or(bytes.len() - start);
    bytes.truncate(start + length / 2);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registers::samples::statement;

    fn of(form: Form, fault: Option<FileFault>) -> Result<File, FileError> {
        file(&Statement { form, ..statement("АО «Урал-Полис»") }, fault)
    }

    #[test]
    fn a_file_is_in_the_letters_of_its_form() {
        let utf_8 = of(Form::Csv, None).unwrap();
        let windows = of(Form::CsvWindows1251, None).unwrap();
        assert_eq!(WINDOWS_1251.decode(&windows.bytes).0.as_bytes(), utf_8.bytes);
        assert_eq!(windows.name, "reestr-ural-polis-2026-11-01-2026-11-30.csv");
        let wrong = of(Form::CsvWindows1251, Some(FileFault::WrongEncoding)).unwrap();
        assert!(wrong.bytes != windows.bytes && IBM866.decode(&wrong.bytes).0.contains("Номер полиса"));
        for form in [Form::Json, Form::Xml] {
            assert!(of(form, Some(FileFault::WrongEncoding)).unwrap().bytes.contains(&0));
        }
    }

    #[test]
    fn a_fault_that_the_form_cannot_have_is_refused() {
        assert!(of(Form::Json, Some(FileFault::Shifted)).unwrap_err().to_string().contains("Json"));
        assert!(of(Form::Xlsx, Some(FileFault::WrongEncoding)).is_err());
        assert!(of(Form::Xlsx, Some(FileFault::Shifted)).is_ok());
    }

    #[test]
    fn a_truncated_file_ends_inside_of_a_line() {
        let whole = of(Form::Csv, None).unwrap().bytes;
        let cut = of(Form::Csv, Some(FileFault::Truncated)).unwrap().bytes;
        assert!(whole.starts_with(&cut) && cut.len() > whole.len() / 3);
        let ends = |bytes: &[u8]| bytes.ends_with(b"\r") || bytes.ends_with(b"\n");
        assert!(!ends(&cut) && !ends(&whole[..=cut.len()]));
    }
}
