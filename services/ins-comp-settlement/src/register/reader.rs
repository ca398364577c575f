//! Reading a register: the one thing that the rest of the service calls.

use std::io::{Read, Seek};

use super::config::{EncodingChoice, FormatConfig, RegisterConfig, Sheet};
use super::csv;
use super::document::Paths;
use super::encoding::Decoded;
use super::error::{ConfigError, Fault, RegisterError};
use super::expect::Period;
use super::json;
use super::rules::Rules;
use super::source::Source;
use super::summary::Summary;
use super::tally::Each;
use super::xlsx;
use super::xml;

/// How the registers of one insurer are read. Made once, used for every file.
#[derive(Clone, Debug)]
pub struct RegisterReader {
    format: Format,
    rules: Rules,
    currency: String,
}

#[derive(Clone, Debug)]
enum Format {
    Csv(EncodingChoice, super::config::Delimiter),
    Xlsx(Option<Sheet>),
    Json(EncodingChoice, Paths),
    Xml(EncodingChoice, Paths),
}

impl RegisterReader {
    /// A reader by this description.
    ///
    /// # Errors
    /// The first key that is wrong, and why.
    pub fn new(config: &RegisterConfig) -> Result<Self, ConfigError> {
        let rules = Rules::new(config)?;
        let format = match &config.format {
            FormatConfig::Csv { encoding, delimiter } => Format::Csv(*encoding, *delimiter),
            FormatConfig::Xlsx { sheet } => Format::Xlsx(sheet.clone()),
            FormatConfig::Json { encoding, items } => Format::Json(*encoding, Paths::new(config, items, &rules)?),
            FormatConfig::Xml { encoding, items } => {
                let paths = Paths::new(config, items, &rules)?;
                if paths.items.names.len() < 2 {
                    let what = format!("{items:?} is the root; write the way to the elements, as in $.register.policy");
                    return Err(ConfigError::new("format.items", what));
                }
                Format::Xml(*encoding, paths)
            }
        };
        Ok(Self { format, rules, currency: config.currency.clone() })
    }

    /// Currency of all amounts, ISO 4217.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// Reads a register from its beginning to its end. Every line is given to `each`, in the order of the file, readable
    /// or not; when an error comes after some lines, these must not be used. A register that says it is of other days
    /// than those asked for is refused.
    ///
    /// # Errors
    /// Why the register is refused, with file, sheet, line and column as far as they are known.
    pub fn read<R: Read + Seek>(
        &self, file: &str, mut source: R, asked: Option<Period>, each: Each<'_>,
    ) -> Result<Summary, RegisterError> {
        let Format::Xlsx(sheet) = &self.format else { return self.read_stream(file, source, asked, each) };
        // Whoever took a look at the source need not wind it back.
        source.rewind().map_err(|error| RegisterError::from(Fault::Source(error)).in_file(file))?;
        xlsx::read(source, sheet.as_ref(), &self.rules, asked, each).map_err(|error| error.in_file(file))
    }

    /// The same of a source that only goes forward, which a workbook cannot be read from.
    ///
    /// # Errors
    /// As above.
    pub fn read_stream<R: Read>(
        &self, file: &str, source: R, asked: Option<Period>, each: Each<'_>,
    ) -> Result<Summary, RegisterError> {
        let rules = &self.rules;
        let text = |encoding| Decoded::new(Source::new(source, rules.bounds.bytes), encoding, rules.bounds.line_bytes);
        let read = match &self.format {
            Format::Csv(encoding, delimiter) => csv::read(text(*encoding), *delimiter, rules, asked, each),
            Format::Json(encoding, paths) => json::read(text(*encoding), paths, rules, asked, each),
            Format::Xml(encoding, paths) => xml::read(text(*encoding), paths, rules, asked, each),
            Format::Xlsx(_) => Err(Fault::OtherFormat {
                found: "a stream",
                expected: "xlsx",
                todo: "store the workbook first, its directory is at its end",
            }
            .into()),
        };
        read.map_err(|error| error.in_file(file))
    }
}
